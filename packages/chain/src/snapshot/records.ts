import { RLP } from '@ethereumjs/rlp'
import type { Keccak } from '../crypto/keccak.ts'
import { damaged } from '../ledger/damaged.ts'
import { EMPTY_CODE_HASH, sameBytes, unseal } from '../state/account.ts'
import { KEY } from '../state/keys.ts'
import { HashedStore } from '../state/nodes.ts'
import { byteKey, keyBytes, type Store, type StoreView } from '../state/store.ts'
import { type Entry, HEADERS_BEFORE } from './format.ts'

/**
 * The records of the snapshot at the head of a database, in their order; the same on every node, however it came by its state. In memory
 * are the hashes of all code. Throws `CHAIN_DATA_CORRUPT` rather than passing on what is damaged.
 */
export async function* snapshotRecords(view: StoreView, head: bigint, keccak: Keccak): AsyncGenerator<Entry, void, void> {
  // Code that no account has any more stays in the store, but not in that of a node that began with a snapshot.
  const codes = new Set<string>()
  for await (const [key, sealed] of view.scan(KEY.allAccounts)) {
    const account = unseal(key, sealed)
    const codeHash = account.subarray(-32)
    if (!sameBytes(codeHash, EMPTY_CODE_HASH)) codes.add(byteKey(codeHash))
    yield [key, account]
  }
  for (const height of headersWith(head)) yield [KEY.header(height), stored(view, KEY.header(height), `the header of block ${height}`)]
  const hashed = new HashedStore(view, keccak)
  for (const hash of [...codes].sort().map(keyBytes)) yield [KEY.code(hash), hashed.code(hash)]
  for await (const [key, sealed] of view.scan(KEY.allSlots)) yield [key, unseal(key, sealed)]
  const transactions = RLP.decode(stored(view, KEY.transactions(head), `the transactions of block ${head}`)) as Uint8Array[]
  for (const [index, raw] of transactions.entries()) yield [KEY.transaction(head, index), raw]
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
