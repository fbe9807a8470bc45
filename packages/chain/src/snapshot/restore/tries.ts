import type { Keccak } from '../../crypto/keccak.ts'
import { decodeAccount, sameBytes } from '../../state/account.ts'
import { KEY } from '../../state/keys.ts'
import type { Store } from '../../state/store.ts'
import { SortedTrie } from '../../trie/sorted.ts'
import { refused } from '../format.ts'
import type { Batch } from './batch.ts'

/**
 * Builds the tries of all staged accounts and their storage in one pass over each, in the order of the hashes, and stores their nodes.
 * Answers the state root. Throws `CHAIN_SNAPSHOT_INVALID` when an account's storage is not what the account says, or has no account.
 */
export async function buildTries(store: Store, keccak: Keccak, batch: Batch): Promise<Uint8Array> {
  const sink = (hash: Uint8Array, rlp: Uint8Array) => batch.add(KEY.node(hash), rlp)
  const accounts = new SortedTrie(keccak, sink)
  const slots = store.scan(KEY.allStagedSlots)[Symbol.asyncIterator]()
  try {
    let slot = await slots.next()
    for await (const [key, rlp] of store.scan(KEY.allStagedAccounts)) {
      const addressHash = key.subarray(2)
      const storage = new SortedTrie(keccak, sink)
      for (; !slot.done && sameBytes(slot.value[0].subarray(2, 34), addressHash); slot = await slots.next()) {
        storage.add(slot.value[0].subarray(34), slot.value[1])
        const turn = batch.turn()
        if (turn) await turn
      }
      if (!sameBytes(storage.root(), decodeAccount(rlp).storageRoot)) throw refused('the storage of an account does not give its root')
      accounts.add(addressHash, rlp)
      const turn = batch.turn()
      if (turn) await turn
    }
    if (!slot.done) throw refused('there is storage of an account that is not there')
  } finally {
    await slots.return?.()
  }
  const root = accounts.root()
  await batch.flush()
  return root
}
