import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  decodeNode,
  type NodeRecord,
  nodeAtSlot,
  nodeCountSlot,
  nodeSlots,
  servingCountSlot,
  servingSlot,
} from '@opengradient/contracts/slots'
import type { Address, Hex } from '@opengradient/protocol'
import type { StateView } from '../state/view.ts'
import { type Page, pageOf } from './page.ts'
import { storedText } from './text.ts'

/** Least bond of an active node (`Nodes.MIN_BOND`), OPG wei. */
export const MIN_BOND = 10_000n * 10n ** 18n

/** A node as it registered itself. `endpoint` is whatever its operator wrote: see `parseEndpoint`. */
export interface NodeFact extends NodeRecord {
  endpoint: string
  /** It has the bond that a node needs, and has not announced its leave. */
  active: boolean
}

/** Entries of a list asked for together with its length, so that a short list costs one question. */
const AHEAD = 8

export async function nodeFact(state: StateView, node: Address): Promise<NodeFact | undefined> {
  const slots = nodeSlots(node)
  const [words, endpoint] = await Promise.all([
    state.words(ADDRESSES.nodes, slots),
    storedText(state, ADDRESSES.nodes, slots.at(-1) as Hex),
  ])
  const record = decodeNode(words)
  if (record.registeredAt === 0n) return undefined
  return { ...record, endpoint, active: record.bond >= MIN_BOND && record.unbondingAt === 0n }
}

export const nodesFact = (state: StateView, page?: Page): Promise<{ total: number; nodes: Address[] }> =>
  addressList(state, nodeCountSlot, nodeAtSlot, page)

export const servingFact = (state: StateView, modelId: Hex, page?: Page): Promise<{ total: number; nodes: Address[] }> =>
  addressList(state, servingCountSlot(modelId), (i) => servingSlot(modelId, i), page)

async function addressList(state: StateView, countSlot: Hex, slotOf: (index: number) => Hex, page?: Page) {
  const ahead = pageOf(Number.MAX_SAFE_INTEGER, { ...page, limit: AHEAD })
  const [count] = (await state.words(ADDRESSES.nodes, [countSlot, ...ahead.map(slotOf)])) as [bigint]
  const words = await state.words(ADDRESSES.nodes, pageOf(Number(count), page).map(slotOf))
  return { total: Number(count), nodes: words.map((word): Address => `0x${word.toString(16).padStart(40, '0')}`) }
}
