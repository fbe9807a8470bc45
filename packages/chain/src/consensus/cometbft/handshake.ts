import { bytesToHex, type Hex, hexToBytes, OgError, utf8 } from '@opengradient/protocol'
import type { Genesis } from '../../genesis/genesis.ts'
import { initialSet } from '../../genesis/validators.ts'
import type { ConsensusApplication } from '../port.ts'
import type { ValidatorUpdate } from '../report.ts'
import type { RequestOf, ResponseOf } from './envelope.ts'
import { appStateOf, CONSENSUS_PARAMS, validatorsOf } from './genesis.ts'
import { APP_VERSION, engineChainId, keyBytesOf } from './identity.ts'

/** Where the chain stands. CometBFT goes on from there, and replays what it has beyond it. */
export function infoResponse(application: Pick<ConsensusApplication, 'info'>): ResponseOf<'info'> {
  const { height, appHash } = application.info()
  return { data: 'opengradient', appVersion: APP_VERSION, lastBlockHeight: height, lastBlockAppHash: hexToBytes(appHash) }
}

/**
 * Begins the chain: only CometBFT with the genesis file of this network may. The parameters of consensus are ours, whatever that file says.
 * Throws `CHAIN_GENESIS_INVALID` with what differs.
 */
export function initChainResponse(
  request: RequestOf<'initChain'>,
  genesis: Genesis,
  application: Pick<ConsensusApplication, 'info'>,
): ResponseOf<'initChain'> {
  const problem = differenceIn(request, genesis, application.info().height) ?? validatorsDiffer(request, initialSet(validatorsOf(genesis)))
  if (problem) {
    const remedy = 'Give CometBFT the genesis.json that belongs to the genesis of this node.'
    throw new OgError('CHAIN_GENESIS_INVALID', `CometBFT begins another network than this node: ${problem}. ${remedy}`)
  }
  return { appHash: hexToBytes(genesis.hash), validators: request.validators, consensusParams: CONSENSUS_PARAMS }
}

function differenceIn(request: RequestOf<'initChain'>, genesis: Genesis, height: bigint): string | undefined {
  const { chainId, appStateBytes, initialHeight, time } = request
  const expected = engineChainId(genesis.chainId)
  if (chainId !== expected) return `its chain id is ${JSON.stringify(chainId)}, not ${expected}`
  if (bytesToHex(appStateBytes) !== bytesToHex(utf8(appStateOf(genesis.hash))))
    return `its app state is not the genesis hash ${genesis.hash}`
  if (initialHeight !== 1n) return `its first block is ${initialHeight}, not 1`
  if (time.seconds !== genesis.time || time.nanos !== 0) return `its time is ${time.seconds}, not ${genesis.time}`
  if (height !== 0n) return `it has no block yet, and this node has ${height}`
  return undefined
}

function validatorsDiffer(request: RequestOf<'initChain'>, expected: readonly ValidatorUpdate[]): string | undefined {
  const powers = new Map<Hex, bigint>(expected.map(({ key, power }) => [bytesToHex(key), power]))
  if (request.validators.length !== powers.size) return `it has ${request.validators.length} validators, not ${powers.size}`
  for (const { pubKey, power } of request.validators) {
    const key = bytesToHex(keyBytesOf(pubKey) ?? new Uint8Array())
    if (powers.get(key) !== power) return `its validator ${key} has power ${power}, not ${powers.get(key) ?? 0n}`
  }
  return undefined
}
