import type { Address } from '@opengradient/protocol'
import type { AccountOverride } from '../../chain.ts'
import { MAX_SIMULATED_BLOCKS, type SimulatedBlockRequest, type SimulatedMessage, type SimulationRequest } from '../../simulate/request.ts'
import { blockOverride, callRequest, movableStateOverride } from './call.ts'
import { invalidParams } from './error.ts'
import { boolean, type Decoder, hash, listOf, member, record, uint64, uint256 } from './params.ts'

/** `eth_simulateV1`'s first parameter, and whether whole transactions are wanted back. */
export interface SimulationParam extends SimulationRequest {
  readonly returnFullTransactions: boolean
}

/** Messages of one request; each of them costs some gas as well. */
const MAX_CALLS = 10_000

const message: Decoder<SimulatedMessage> = (value, where) => {
  const { chainId: _, ...request } = callRequest(value, where)
  const nonce = member(record(value, where), 'nonce', uint64, where)
  return nonce === undefined ? request : { ...request, nonce }
}

const block: Decoder<SimulatedBlockRequest> = (value, where) => {
  const object = record(value, where)
  const header = member(object, 'blockOverrides', record, where)
  if (header !== undefined) refuseForeign(header, `${where}.blockOverrides`)
  return {
    block: member(object, 'blockOverrides', blockOverride, where) ?? {},
    overrides: member(object, 'stateOverrides', movableStateOverride, where) ?? new Map<Address, AccountOverride>(),
    calls: member(object, 'calls', listOf(message, MAX_CALLS), where) ?? [],
  }
}

/** Parts of a header that no block of this chain has, so that they cannot be made up either. */
function refuseForeign(header: Record<string, unknown>, where: string): void {
  const given = (found: unknown) => found
  if (member(header, 'blobBaseFee', uint256, where)) throw invalidParams(`invalid ${where}: this chain has no blobs, so no blobBaseFee`)
  if (member(header, 'beaconRoot', hash, where)) throw invalidParams(`invalid ${where}: beaconRoot is not supported`)
  if ((member(header, 'withdrawals', listOf(given, 0), where) ?? []).length > 0)
    throw invalidParams(`invalid ${where}: no withdrawals here`)
}

export const simulation: Decoder<SimulationParam> = (value, where) => {
  const object = record(value, where)
  const flag = (name: string) => member(object, name, boolean, where) ?? false
  return {
    blocks: blocksOf(object, where),
    traceTransfers: flag('traceTransfers'),
    validation: flag('validation'),
    returnFullTransactions: flag('returnFullTransactions'),
  }
}

function blocksOf(object: Record<string, unknown>, where: string): SimulatedBlockRequest[] {
  const blocks = member(object, 'blockStateCalls', listOf(block, MAX_BLOCK_REQUESTS), where) ?? []
  if (blocks.length === 0) throw invalidParams('empty input')
  const slots = blocks.reduce((sum, { overrides }) => sum + slotsIn(overrides), 0)
  if (slots > MAX_SLOTS) throw invalidParams(`invalid ${where}: overrides of ${slots} slots, at most ${MAX_SLOTS} are allowed`)
  return blocks
}

/** Slots that the overrides of one request may set: each of them is written to a trie. */
const MAX_SLOTS = 10_000

function slotsIn(overrides: ReadonlyMap<Address, AccountOverride>): number {
  let slots = overrides.size
  for (const { state, stateDiff } of overrides.values()) slots += (state?.size ?? 0) + (stateDiff?.size ?? 0)
  return slots
}

/** The plan refuses more than it may hold with the error that clients know; this only bounds the reading. */
const MAX_BLOCK_REQUESTS = 4 * MAX_SIMULATED_BLOCKS
