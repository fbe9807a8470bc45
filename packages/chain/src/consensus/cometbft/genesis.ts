import { type Address, base64, type Hex, hexToBytes, OgError } from '@opengradient/protocol'
import { MAX_BLOCK_BYTES } from '../../executor/rules.ts'
import type { Genesis } from '../../genesis/genesis.ts'
import { APP_VERSION, consensusAddress, engineChainId, publicKeyOf } from './identity.ts'

/** A validator from the first block on. */
export interface GenesisValidator {
  readonly account: Address
  /** Ed25519, 32 bytes, or compressed secp256k1, 33 bytes. */
  readonly consensusKey: Hex
  /** Wei; its whole OPG are the voting power. */
  readonly bond: bigint
}

const DAY = 86_400n
/** Keys stay slashable for the 21 days of unbonding; evidence must come a day earlier, so that it is in a block in time. */
const EVIDENCE_SECONDS = 20n * DAY
/** Evidence is too old when its time and its blocks are: half a block a second makes the time count, also when blocks are slow. */
const EVIDENCE_BLOCKS = EVIDENCE_SECONDS / 2n

/** The parameters of CometBFT's consensus, the same on every network. Sizes are bytes. */
export const CONSENSUS_PARAMS = {
  block: { maxBytes: BigInt(MAX_BLOCK_BYTES), maxGas: -1n },
  evidence: { maxAgeNumBlocks: EVIDENCE_BLOCKS, maxAgeDuration: { seconds: EVIDENCE_SECONDS, nanos: 0 }, maxBytes: 1n << 20n },
  validator: { pubKeyTypes: ['ed25519', 'secp256k1'] },
  version: { app: APP_VERSION },
  abci: { voteExtensionsEnableHeight: 0n },
} as const

/** Voting power of a bond: whole OPG. */
export const powerOf = (bond: bigint): bigint => bond / 10n ** 18n

/**
 * CometBFT's `genesis.json` for a network: the same bytes from the same genesis. Its app state is the hash of our genesis, by which
 * the node knows its own network. Throws `CHAIN_GENESIS_INVALID` for a set of validators that cannot begin.
 */
export function engineGenesis(genesis: Pick<Genesis, 'chainId' | 'time' | 'hash'>, validators: readonly GenesisValidator[]): string {
  checkValidators(validators)
  const { block, evidence, validator, version, abci } = CONSENSUS_PARAMS
  const document = {
    genesis_time: new Date(Number(genesis.time) * 1_000).toISOString(),
    chain_id: engineChainId(genesis.chainId),
    initial_height: '1',
    consensus_params: {
      block: { max_bytes: String(block.maxBytes), max_gas: String(block.maxGas) },
      evidence: {
        max_age_num_blocks: String(evidence.maxAgeNumBlocks),
        max_age_duration: String(evidence.maxAgeDuration.seconds * 1_000_000_000n),
        max_bytes: String(evidence.maxBytes),
      },
      validator: { pub_key_types: validator.pubKeyTypes },
      version: { app: String(version.app) },
      abci: { vote_extensions_enable_height: String(abci.voteExtensionsEnableHeight) },
    },
    validators: validators.map(({ account, consensusKey, bond }) => {
      const key = hexToBytes(consensusKey)
      return { address: upperHex(consensusAddress(key)), pub_key: engineKey(key), power: String(powerOf(bond)), name: account }
    }),
    app_hash: upperHex(genesis.hash),
    app_state: genesis.hash,
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

/** What `initChain` gets of the app state: the JSON as it is in the file. */
export const appStateOf = (genesisHash: Hex): string => JSON.stringify(genesisHash)

/** A public key as CometBFT's JSON has it. */
function engineKey(key: Uint8Array): { type: string; value: string } {
  const type = 'ed25519' in publicKeyOf(key) ? 'tendermint/PubKeyEd25519' : 'tendermint/PubKeySecp256k1'
  return { type, value: base64(key) }
}

const upperHex = (hex: Hex): string => hex.slice(2).toUpperCase()

function checkValidators(validators: readonly GenesisValidator[]): void {
  const problem = problemWith(validators)
  if (problem) throw new OgError('CHAIN_GENESIS_INVALID', `The validators of the genesis cannot begin a network: ${problem}.`)
}

function problemWith(validators: readonly GenesisValidator[]): string | undefined {
  if (validators.length === 0) return 'there are none'
  if (new Set(validators.map(({ consensusKey }) => consensusKey)).size < validators.length) return 'a consensus key is named twice'
  for (const { consensusKey, bond } of validators) {
    if (![32, 33].includes(hexToBytes(consensusKey).length)) return `${consensusKey} is neither ed25519 nor compressed secp256k1`
    if (powerOf(bond) === 0n) return `the bond behind ${consensusKey} is less than 1 OPG`
  }
  return undefined
}
