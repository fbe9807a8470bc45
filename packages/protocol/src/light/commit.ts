import * as z from 'zod'
import { concatBytes, uintBytes } from '../bytes/bytes.ts'
import { type Address, type Hex, hexToBytes, parseHex } from '../bytes/hex.ts'
import { keccak256Hex } from '../crypto/hash.ts'
import { addressOf, parseSignature, recoverAddress, signDigest } from '../crypto/signature.ts'
import { OgError } from '../error/error.ts'
import { hexSchema } from '../json/schema.ts'
import { compileTypedStruct } from '../typed-data/compile.ts'
import { domainSeparator, typedDataDigest } from '../typed-data/digest.ts'

/** What makes a block of an embedded chain final: the signature of its one validator. */
export type Commit = { kind: 'embedded'; signature: Hex; validator: Address }

/** A block as a commit names it. */
export interface BlockRef {
  height: number
  blockHash: Hex
}

/** The commit of an embedded network: its one validator’s signature (r, s, v) over the block. */
export const commitSchema = z.strictObject({ kind: z.literal('embedded'), signature: hexSchema(65), validator: hexSchema(20) })

const BLOCK = compileTypedStruct(
  {
    Block: [
      { name: 'height', type: 'uint64' },
      { name: 'blockHash', type: 'bytes32' },
    ],
  },
  'Block',
)

/** The EIP-712 digest that a validator signs for a block: domain OpenGradient/1/chainId, type `Block(uint64 height,bytes32 blockHash)`. */
export function blockDigest(chainId: number, { height, blockHash }: BlockRef): Hex {
  return typedDataDigest(domainSeparator({ name: 'OpenGradient', version: '1', chainId }), BLOCK, { height, blockHash })
}

/** The embedded validator's commit of a block. */
export function signCommit(chainId: number, block: BlockRef, validatorKey: Uint8Array): Commit {
  return { kind: 'embedded', signature: signDigest(blockDigest(chainId, block), validatorKey), validator: addressOf(validatorKey) }
}

/** Throws `COMMIT_INVALID` unless the validator that the commit names signed this block of this chain. Whether that validator is trusted is another question: `trustHeader`. */
export function verifyCommit(chainId: number, block: BlockRef, commit: Commit): void {
  let signer: Address
  try {
    signer = recoverAddress(blockDigest(chainId, block), parseSignature(commit.signature, 'commit.signature'))
  } catch (cause) {
    throw new OgError('COMMIT_INVALID', `The commit of block ${block.height} holds no valid signature.`, { cause })
  }
  if (signer !== parseHex(commit.validator, 20, 'commit.validator')) {
    throw new OgError('COMMIT_INVALID', `Block ${block.height} of chain ${chainId} is signed by ${signer}, not by ${commit.validator}.`, {
      details: { signer, validator: commit.validator },
    })
  }
}

/** `keccak256(abi.encode(address[]))` of the validators, in order: what an anchor names. */
export function validatorsHashOf(validators: readonly Address[]): Hex {
  const words = validators.map((validator) => concatBytes(new Uint8Array(12), hexToBytes(validator, 20, 'validator')))
  return keccak256Hex(concatBytes(uintBytes(32, 32), uintBytes(validators.length, 32), ...words))
}
