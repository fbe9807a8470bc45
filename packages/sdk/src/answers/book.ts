import type { Address, Bundle, BundlePayment, BundleRequest, ErrorCode, Hex } from '@opengradient/protocol'
import { positive } from '@opengradient/protocol/take'
import type { KeptSeal } from '../tee/channel.ts'

/** One request of this application: enough to ask for its answer again, and to prove it later. */
export interface AnswerEntry {
  requestId: Hex
  /** 32 bytes, hex. Whoever has it can read request and answer at the node. */
  secret: Hex
  modelId: Hex
  /** As the application named the model. */
  model: string
  node: Address
  requestHash: Hex
  /** OPG wei promised for it. */
  price: bigint
  /** The authorisation that was sent with it; no answer is taken for another one. Absent if it is free. */
  paymentId?: Hex
  /** Authorisations that the node was sent for it before, at another price. */
  earlier?: readonly Hex[]
  /** Unix seconds at which it was first sent. */
  at: number
  /** `sent`: outcome unknown. `refused`: the node refused it, or its answer failed the verification; `code` says which. */
  state: 'sent' | 'answered' | 'refused'
  code?: ErrorCode
  /** What was asked for; signature if absent. */
  level?: 'zk' | 'tee' | 'development'
  /** What opens the answer of a sealed request. */
  seal?: KeptSeal
  /** The request as it was sent, until the bundle holds it: nodes do not keep requests. */
  request?: BundleRequest
  /** The authorisation that was sent with a sealed request, until the bundle holds it: nodes give it for plain ones only. */
  payment?: BundlePayment
  /** The answer with its receipt, also when it failed its verification: then it proves the lie. */
  bundle?: Bundle
}

/** An entry without what is private or large: request, payment, bundle and seal. */
export type AnswerSummary = Omit<AnswerEntry, 'request' | 'payment' | 'bundle' | 'seal'>

/** Where an application keeps its requests. Entries hold secrets and private bodies: never log or share them. */
export interface AnswerBook {
  /** Adds or replaces the entry of its request id. */
  put(entry: AnswerEntry): Promise<void>
  get(requestId: Hex): Promise<AnswerEntry | undefined>
  /** Newest first; without bodies. */
  list(): Promise<AnswerSummary[]>
}

/** Requests of unknown outcome, for each answer that a book may hold. */
const UNKNOWN_PER_ENTRY = 100

/**
 * A book that forgets when the process ends, and the oldest answer when it holds more than `limit`. A request whose outcome is unknown, which may be
 * paid for, is no answer yet: it stays until a hundred times as many came after it.
 */
export function memoryBook(limit = 100): AnswerBook {
  positive('entries')(limit, 'limit')
  const entries = new Map<Hex, AnswerEntry>()
  let unknown = 0
  const drop = (requestId: Hex) => {
    if (entries.get(requestId)?.state === 'sent') unknown -= 1
    entries.delete(requestId)
  }
  const oldest = (isUnknown: boolean) => {
    for (const entry of entries.values()) if ((entry.state === 'sent') === isUnknown) return entry
    return undefined
  }
  return {
    async put(entry) {
      drop(entry.requestId)
      entries.set(entry.requestId, entry)
      if (entry.state === 'sent') unknown += 1
      const isTooMany = unknown > limit * UNKNOWN_PER_ENTRY
      const last = isTooMany || entries.size - unknown > limit ? oldest(isTooMany) : undefined
      if (last) drop(last.requestId)
    },
    get: async (requestId) => entries.get(requestId),
    list: async () =>
      [...entries.values()].reverse().map(({ request: _request, payment: _payment, bundle: _bundle, seal: _seal, ...entry }) => entry),
  }
}
