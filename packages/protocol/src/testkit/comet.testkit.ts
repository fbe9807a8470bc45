import { ed25519 } from '@noble/curves/ed25519.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import {
  type BlockCommit,
  bytesToHex,
  type CometHeader,
  type CommitSignature,
  cometAddress,
  cometHeaderHash,
  cometValidatorsHash,
  type Hex,
  type LightBlock,
  sha256,
  sha256Hex,
  utf8,
  type Validator,
  voteSignBytes,
} from '../index.ts'

/** A validator with its key, which is the hash of its name. */
export interface Signer {
  readonly validator: Validator
  sign(message: Uint8Array): Hex
}

/** A light block to be made; everything else is as on an honest network. */
export interface BlockPlan {
  chainId: string
  height: number
  /** Unix nanoseconds. */
  time: bigint
  signers: readonly Signer[]
  /** The validators of the next height; the same ones if nothing is said. */
  next?: readonly Signer[]
  appHash?: Hex
  round?: number
  /** What each validator does, in the order of the set; they sign if nothing is said. */
  flags?: readonly CommitSignature['flag'][]
}

export function signer(name: string, power: bigint | number, type: Validator['type'] = 'ed25519'): Signer {
  const secret = sha256(utf8(`OpenGradient test vectors: consensus key of ${name}`))
  const key = type === 'ed25519' ? ed25519.getPublicKey(secret) : secp256k1.getPublicKey(secret, true)
  return {
    validator: { type, key: bytesToHex(key), power: `${power}` },
    sign: (message) =>
      bytesToHex(type === 'ed25519' ? ed25519.sign(message, secret) : secp256k1.sign(sha256(message), secret, { prehash: false })),
  }
}

/** The order in which CometBFT keeps a set: most power first, then by address. */
export function inOrder(signers: readonly Signer[]): Signer[] {
  const address = ({ validator }: Signer): Hex => cometAddress(validator)
  return signers.toSorted((a, b) => {
    const difference = BigInt(b.validator.power) - BigInt(a.validator.power)
    return difference === 0n ? (address(a) < address(b) ? -1 : 1) : difference > 0n ? 1 : -1
  })
}

const hash = (text: string): Hex => sha256Hex(utf8(`OpenGradient test vectors: ${text}`))
const setHash = (signers: readonly Signer[]): Hex => cometValidatorsHash(inOrder(signers).map(({ validator }) => validator))

/** A light block that its validators have signed. */
export function lightBlock({ chainId, height, time, signers, next = signers, appHash = hash('app'), round, flags }: BlockPlan): LightBlock {
  const header: CometHeader = {
    version: { block: 11, app: 1 },
    chainId,
    height,
    time: `${time}`,
    lastBlockId: { hash: hash(`block ${height - 1}`), parts: { total: 1, hash: hash(`parts ${height - 1}`) } },
    lastCommitHash: hash(`commit ${height - 1}`),
    dataHash: hash(`data ${height}`),
    validatorsHash: setHash(signers),
    nextValidatorsHash: setHash(next),
    consensusHash: hash('consensus'),
    appHash,
    lastResultsHash: hash(`results ${height - 1}`),
    evidenceHash: sha256Hex(new Uint8Array()),
    proposerAddress: cometAddress(inOrder(signers)[0]!.validator),
  }
  return commitTo({ header, signers: inOrder(signers), ...(round === undefined ? {} : { round }), ...(flags ? { flags } : {}) })
}

/** A header as it stands, signed by these validators in this order. */
export function commitTo({
  header,
  signers,
  round = 0,
  flags = [],
}: Pick<BlockPlan, 'signers' | 'round' | 'flags'> & { header: CometHeader }): LightBlock {
  const parts = { total: 1, hash: hash(`parts ${header.height}`) }
  const target = { height: header.height, round, blockId: { hash: cometHeaderHash(header), parts } }
  const signatures = signers.map(({ validator, sign }, i): CommitSignature => {
    const flag = flags[i] ?? 'commit'
    if (flag === 'absent') return { flag }
    const timestamp = `${BigInt(header.time) + 500_000_000n + BigInt(i)}`
    const message = flag === 'nil' ? utf8('no block') : voteSignBytes(header.chainId, target, timestamp)
    return { flag, address: cometAddress(validator), timestamp, signature: sign(message) }
  })
  const commit: BlockCommit = { ...target, signatures }
  return { header, commit, validators: signers.map(({ validator }) => ({ ...validator })) }
}
