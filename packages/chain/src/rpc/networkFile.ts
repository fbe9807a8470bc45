import {
  type Anchor,
  bytesToHex,
  cometValidatorsHash,
  type LightBlock,
  type NetworkFile,
  type Validator,
  validatorsHashOf,
} from '@opengradient/protocol'
import type { Chain } from '../chain.ts'
import { consensusAddress, publicKeyOf } from '../consensus/cometbft/identity.ts'
import { type GenesisValidator, initialSet } from '../genesis/validators.ts'
import type { RpcContext } from './context.ts'

const DAY = 24 * 3600
/**
 * Seconds after genesis for which its validator is trusted: ten years. The one validator of an embedded chain never changes and can write
 * any history at any time, so that an early end would protect nobody, and lock people out of their own network.
 */
const EMBEDDED_TRUSTING_PERIOD = 10 * 365 * DAY
/** Seconds for which a set on CometBFT is trusted: two thirds of the 21 days after which the stake behind it may be gone. */
const TRUSTING_PERIOD = 14 * DAY

/** What a network file says of a chain; known before the chain runs. */
export type NetworkFacts = Pick<Chain, 'chainId' | 'genesis' | 'genesisHash'>

/** What a client trusts of this chain: its genesis block and the validators of genesis. */
export function networkFileOf({ chainId, genesis, genesisHash }: NetworkFacts, name: string, rpcUrl: string): NetworkFile {
  const { validator, validators } = genesis
  const time = Number(genesis.time)
  const signers: Anchor = validators
    ? { height: 1, validatorsHash: genesisSetHash(validators), time, trustingPeriod: TRUSTING_PERIOD }
    : { height: 0, validatorsHash: validatorsHashOf([validator]), time, trustingPeriod: EMBEDDED_TRUSTING_PERIOD }
  return { name, chainId: Number(chainId), genesisHash, anchors: [{ height: 0, blockHash: genesisHash }, signers], rpcUrls: [rpcUrl] }
}

/** The network file with the validators of now besides those of genesis, which are trusted for two weeks only. */
export async function withNewestAnchor({ chain, networkFile, lightBlocks }: RpcContext): Promise<NetworkFile> {
  const newest = await lightBlocks?.lightBlock(Number(chain.head().height)).catch(() => undefined)
  if (!newest || networkFile.anchors.some(({ height }) => height === newest.header.height)) return networkFile
  return { ...networkFile, anchors: [...networkFile.anchors, anchorOf(newest)] }
}

const anchorOf = ({ header }: LightBlock): Anchor => ({
  height: header.height,
  validatorsHash: header.validatorsHash,
  time: Number(BigInt(header.time) / 1_000_000_000n),
  trustingPeriod: TRUSTING_PERIOD,
})

/** CometBFT's hash of the first validator set: the strongest first, those of one power by address. */
function genesisSetHash(validators: readonly GenesisValidator[]): `0x${string}` {
  const set = initialSet(validators).map(({ key, power }) => ({ key, power, address: consensusAddress(key) }))
  set.sort((a, b) => (a.power === b.power ? (a.address < b.address ? -1 : 1) : a.power > b.power ? -1 : 1))
  return cometValidatorsHash(
    set.map(
      ({ key, power }): Validator => ({
        type: 'ed25519' in publicKeyOf(key) ? 'ed25519' : 'secp256k1',
        key: bytesToHex(key),
        power: String(power),
      }),
    ),
  )
}
