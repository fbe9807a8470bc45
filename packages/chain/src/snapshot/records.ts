import { RLP } from '@ethereumjs/rlp'
import type { Keccak } from '../crypto/keccak.ts'
import { damaged } from '../ledger/damaged.ts'
import { EMPTY_CODE_HASH, sameBytes } from '../state/account.ts'
import { KEY } from '../state/keys.ts'
import type { HashedStore } from '../state/nodes.ts'
import { byteKey, type Store, type StoreView } from '../state/store.ts'
import { type Entry, HEADERS_BEFORE } from './format.ts'
import { sortedState } from './sorting.ts'

export interface RecordsOptions {
  readonly view: StoreView
  /** What the view holds by hash. */
  readonly hashed: HashedStore
  readonly keccak: Keccak
  /** An empty store, in which the state is put in order. */
  readonly scratch: Store
}

/**
 * The records of the snapshot at the head of a database, in their order, without proofs; the same on every node, however it came by its state.
 * In memory are the hashes of all code. Throws `CHAIN_DATA_CORRUPT` rather than passing on what is damaged.
 */
export async function* snapshotRecords(head: bigint, { view, hashed, keccak, scratch }: RecordsOptions): AsyncGenerator<Entry, void, void> {
  for (const height of headersWith(head)) yield [KEY.header(height), stored(view, KEY.header(height), `the header of block ${height}`)]
  const transactions = RLP.decode(stored(view, KEY.transactions(head), `the transactions of block ${head}`)) as Uint8Array[]
  for (const [index, raw] of transactions.entries()) yield [KEY.transaction(head, index), raw]
  // Code that no account has any more stays in the store, but not in that of a node that began with a snapshot.
  const codes = new Set<string>()
  for await (const entry of sortedState(view, keccak, scratch)) {
    yield entry
    const [key, value] = entry
    const codeHash = value.subarray(-32)
    if (key[0] !== KEY.allAccounts[0] || sameBytes(codeHash, EMPTY_CODE_HASH) || codes.has(byteKey(codeHash))) continue
    codes.add(byteKey(codeHash))
    yield [KEY.code(codeHash), hashed.code(codeHash)]
  }
}

/** The heights of the headers that go with the snapshot at `head`: 0, and those just before it. */
export function* headersWith(head: bigint): Generator<bigint, void, void> {
  yield 0n
  for (let height = head > HEADERS_BEFORE ? head - HEADERS_BEFORE : 1n; height < head; height++) yield height
}

function stored(view: Pick<Store, 'get'>, key: Uint8Array, what: string): Uint8Array {
  const value = view.get(key)
  if (!value) throw damaged(`${what} is missing`)
  return value
}
