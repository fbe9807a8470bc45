import { concatBytes, utf8 } from '../../bytes/bytes.ts'
import { bytesToHex, type Hex, hexToBytes } from '../../bytes/hex.ts'
import type { BlockCommit, BlockId, CometHeader, Validator } from './lightBlock.ts'
import { rfc6962Root } from './merkle.ts'
import { bytesField, delimited, fixed64Field, messageField, varintField } from './protobuf.ts'

/** `SIGNED_MSG_TYPE_PRECOMMIT`. */
const PRECOMMIT = 2
const SECOND = 1_000_000_000n

/** The hash of a header, 32 bytes: the Merkle root of its fourteen fields (CometBFT `types.Header.Hash`). */
export function cometHeaderHash(header: CometHeader): Hex {
  const hash = (value: Hex): Uint8Array => bytesField(1, hexToBytes(value))
  return bytesToHex(
    rfc6962Root([
      concatBytes(varintField(1, header.version.block), varintField(2, header.version.app)),
      bytesField(1, utf8(header.chainId)),
      varintField(1, header.height),
      timestamp(header.time),
      blockId(header.lastBlockId),
      hash(header.lastCommitHash),
      hash(header.dataHash),
      hash(header.validatorsHash),
      hash(header.nextValidatorsHash),
      hash(header.consensusHash),
      hash(header.appHash),
      hash(header.lastResultsHash),
      hash(header.evidenceHash),
      hash(header.proposerAddress),
    ]),
  )
}

/** The hash of a validator set, 32 bytes: keys and powers in their order (CometBFT `types.ValidatorSet.Hash`). What an anchor names. */
export function cometValidatorsHash(validators: readonly Validator[]): Hex {
  return bytesToHex(
    rfc6962Root(
      validators.map(({ type, key, power }) =>
        concatBytes(messageField(1, bytesField(type === 'ed25519' ? 1 : 2, hexToBytes(key))), varintField(2, BigInt(power))),
      ),
    ),
  )
}

/** The bytes that a validator signs for a block at `time` (unix nanoseconds): CometBFT's `CanonicalVote` of a precommit, length in front. */
export function voteSignBytes(chainId: string, { height, round, blockId: id }: Omit<BlockCommit, 'signatures'>, time: string): Uint8Array {
  return delimited(
    concatBytes(
      varintField(1, PRECOMMIT),
      fixed64Field(2, height),
      fixed64Field(3, round),
      messageField(4, blockId(id)),
      messageField(5, timestamp(time)),
      bytesField(6, utf8(chainId)),
    ),
  )
}

function blockId({ hash, parts }: BlockId): Uint8Array {
  const partSet = concatBytes(varintField(1, parts.total), bytesField(2, hexToBytes(parts.hash)))
  return concatBytes(bytesField(1, hexToBytes(hash)), messageField(2, partSet))
}

function timestamp(time: string): Uint8Array {
  const nanoseconds = BigInt(time)
  return concatBytes(varintField(1, nanoseconds / SECOND), varintField(2, nanoseconds % SECOND))
}
