import { base64, type Hex, OgError } from '@opengradient/protocol'
import { MAX_BLOCK_BYTES } from '../../executor/rules.ts'
import type { Genesis } from '../../genesis/genesis.ts'
import { type GenesisValidator, initialSet } from '../../genesis/validators.ts'
import { APP_VERSION, consensusAddress, engineChainId, publicKeyOf } from './identity.ts'

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

/**
 * CometBFT's `genesis.json` for a network: the same bytes from the same genesis. Its app state is the hash of our genesis, by which
 * the node knows its own network. Throws `CHAIN_GENESIS_INVALID` when the genesis names no validators: it is of an embedded network.
 */
export function engineGenesis(genesis: Genesis): string {
  const validators = validatorsOf(genesis)
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
    validators: initialSet(validators).map(({ key, power }, index) => {
      const address = upperHex(consensusAddress(key))
      return { address, pub_key: engineKey(key), power: String(power), name: validators[index]!.account }
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

/** The validators of a network with CometBFT; throws `CHAIN_GENESIS_INVALID` when the genesis is of another. */
export function validatorsOf({ validators }: Genesis): readonly GenesisValidator[] {
  if (validators) return validators
  const message = 'The genesis names no validators: it is of a network with an embedded one, which CometBFT cannot drive.'
  throw new OgError('CHAIN_GENESIS_INVALID', message)
}
