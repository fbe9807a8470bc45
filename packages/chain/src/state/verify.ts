import type { Keccak } from '../crypto/keccak.ts'
import { encodeBytes } from '../trie/rlp.ts'
import { type Change, EMPTY_ROOT, updateTrie } from '../trie/update.ts'
import { decodeAccount, encodeAccount, unseal } from './account.ts'
import { KEY } from './keys.ts'
import { byteKey, type Store } from './store.ts'

/**
 * The state root that the flat entries give, computed from nothing else: equals the header's unless the database is damaged.
 * Undefined when there are more entries than `most`.
 */
export async function rebuildRoot(store: Store, keccak: Keccak, most = Number.POSITIVE_INFINITY): Promise<Uint8Array | undefined> {
  const io = { keccak, load: neverLoads, store: () => {} }
  let seen = 0
  const storage = new Map<string, Change[]>()
  for await (const [key, sealed] of store.scan(KEY.allSlots)) {
    if (++seen > most) return undefined
    const address = byteKey(key.subarray(1, 21))
    const slots = storage.get(address) ?? []
    slots.push({ key: keccak(key.subarray(21)), value: encodeBytes(unseal(key, sealed)) })
    storage.set(address, slots)
  }
  const accounts: Change[] = []
  for await (const [key, sealed] of store.scan(KEY.allAccounts)) {
    if (++seen > most) return undefined
    const address = key.subarray(1)
    const storageRoot = updateTrie(EMPTY_ROOT, storage.get(byteKey(address)) ?? [], io)
    accounts.push({ key: keccak(address), value: encodeAccount({ ...decodeAccount(unseal(key, sealed)), storageRoot }) })
    storage.delete(byteKey(address))
  }
  // Slots without an account cannot be expressed by any root.
  return storage.size > 0 ? new Uint8Array(32) : updateTrie(EMPTY_ROOT, accounts, io)
}

function neverLoads(): never {
  throw new Error('a trie built from nothing loads no nodes')
}
