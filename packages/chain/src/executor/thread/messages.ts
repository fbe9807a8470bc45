import type { Commit } from '@opengradient/protocol'
import type { BlockOrder, BlockResult, Touched } from '../blockExecutor.ts'
import type { ChainRules } from '../rules.ts'

/** What the executor's thread is started with. */
export interface ThreadOptions {
  /** The chain's database, open in the thread that starts it. */
  readonly folder: string
  readonly rules: ChainRules
  /** Shared; 1 once the thread goes to open the database, or whoever started it has ended it before: one of both is first. */
  readonly taken: Int32Array
}

/** Whether nobody else was first. */
export const take = (taken: Int32Array): boolean => Atomics.exchange(taken, 0, 1) === 0

/** What it is asked; answered one after the other. */
export type Question =
  | { readonly ask: 'run'; readonly order: BlockOrder }
  | { readonly ask: 'commit'; readonly commit: Commit | undefined }
  | { readonly ask: 'close' }

/** What it answers. `ready` comes first, unasked. Errors keep their code. */
export type Answer =
  | { readonly answer: 'ready' | 'closed' }
  | { readonly answer: 'ran'; readonly result: BlockResult }
  | { readonly answer: 'committed'; readonly touched: PackedTouched }
  | { readonly answer: 'failed'; readonly code: string | undefined; readonly message: string }

/** Addresses of 20 bytes, and of 20 bytes with slots of 32, one after the other: a message copies the whole buffer behind each array. */
export interface PackedTouched {
  readonly accounts: Uint8Array
  readonly slots: Uint8Array
}

export function packTouched({ accounts, slots }: Touched): PackedTouched {
  return { accounts: joined(accounts), slots: joined(slots.flat()) }
}

export function unpackTouched({ accounts, slots }: PackedTouched): Touched {
  return {
    accounts: cut(accounts, 20),
    slots: cut(slots, 52).map((pair) => [pair.subarray(0, 20), pair.subarray(20)] as const),
  }
}

/** As `concatBytes`, which takes its parts as arguments: too many for a stack. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}

/** The order with nothing but what is needed, each transaction in a buffer of its own. */
export function leanOrder({ transactions, ...rest }: BlockOrder): BlockOrder {
  return { ...rest, transactions: transactions.map(({ raw, hash, sender }) => ({ raw: new Uint8Array(raw), hash, sender })) }
}
