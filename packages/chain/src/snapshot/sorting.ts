import type { Keccak } from '../crypto/keccak.ts'
import { unseal } from '../state/account.ts'
import { KEY } from '../state/keys.ts'
import type { Store, StoreView, Write } from '../state/store.ts'
import type { Entry } from './format.ts'

/** Entries that are put into the scratch store at a time. */
const BATCH = 5_000

/** Where they stand there: `a` and the hash of the address; `s`, that, and the hash of the slot. Before each value is the key that it has in the database. */
const ACCOUNTS = Uint8Array.of(0x61)
const SLOTS = Uint8Array.of(0x73)

/**
 * The accounts of a database, each with its slots behind it, in the order of the tries: that of the hashes of addresses and slots. The database
 * has them in another, so they go through `scratch`, an empty store of the caller.
 */
export async function* sortedState(view: StoreView, keccak: Keccak, scratch: Store): AsyncGenerator<Entry, void, void> {
  await fill(view, keccak, scratch)
  const slots = scratch.scan(SLOTS)[Symbol.asyncIterator]()
  try {
    let slot = await slots.next()
    for await (const [place, packed] of scratch.scan(ACCOUNTS)) {
      yield unpack(packed, KEY_BYTES.account)
      const owner = place.subarray(1)
      for (; !slot.done && Buffer.compare(slot.value[0].subarray(1, 33), owner) === 0; slot = await slots.next())
        yield unpack(slot.value[1], KEY_BYTES.slot)
    }
  } finally {
    await slots.return?.()
  }
}

const KEY_BYTES = { account: 1 + 20, slot: 1 + 20 + 32 } as const

async function fill(view: StoreView, keccak: Keccak, scratch: Store): Promise<void> {
  let writes: Write[] = []
  const add = async (kind: Uint8Array, hashes: readonly Uint8Array[], key: Uint8Array, value: Uint8Array) => {
    writes.push({ key: Buffer.concat([kind, ...hashes]), value: Buffer.concat([key, value]) })
    if (writes.length < BATCH) return
    await scratch.write(writes)
    writes = []
  }
  for await (const [key, sealed] of view.scan(KEY.allAccounts)) await add(ACCOUNTS, [keccak(key.subarray(1))], key, unseal(key, sealed))
  let address: { readonly bytes: Uint8Array; readonly hash: Uint8Array } | undefined
  for await (const [key, sealed] of view.scan(KEY.allSlots)) {
    const bytes = key.subarray(1, 21)
    if (!address || Buffer.compare(address.bytes, bytes) !== 0) address = { bytes: bytes.slice(), hash: keccak(bytes) }
    await add(SLOTS, [address.hash, keccak(key.subarray(21))], key, unseal(key, sealed))
  }
  await scratch.write(writes)
}

const unpack = (packed: Uint8Array, keyBytes: number): Entry => [packed.slice(0, keyBytes), packed.slice(keyBytes)]
