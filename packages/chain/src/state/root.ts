import type { Keccak } from '../crypto/keccak.ts'
import { encodeBytes } from '../trie/rlp.ts'
import { type Change, EMPTY_ROOT, type TrieIo, updateTrie } from '../trie/update.ts'
import { type AccountRecord, EMPTY_CODE_HASH, encodeAccount, sameAccount, sameBytes, seal } from './account.ts'
import type { StateBase } from './base.ts'
import { KEY } from './keys.ts'
import type { HashedStore } from './nodes.ts'
import type { Changes } from './overlay.ts'
import { byteKey, keyBytes, type Store, type Write } from './store.ts'

/** A state transition: the new root, what to store for it, and what moved. */
export interface Transition {
  readonly root: Uint8Array
  /** Flat entries, code and trie nodes, in a fixed order. */
  readonly writes: readonly Write[]
  readonly nodes: readonly (readonly [hash: Uint8Array, rlp: Uint8Array])[]
  readonly accounts: readonly Uint8Array[]
  readonly slots: readonly (readonly [address: Uint8Array, slot: Uint8Array])[]
}

export interface StateParts {
  readonly base: StateBase
  readonly store: Store
  readonly hashed: HashedStore
  readonly keccak: Keccak
}

/** Turns the changes over the state under `root` into the next root. Reads; writes nothing. Each trie is walked once, in the order of its keys. */
export async function transition(root: Uint8Array, changes: Changes, parts: StateParts): Promise<Transition> {
  const { base, keccak } = parts
  const writes: Write[] = []
  const nodes: [Uint8Array, Uint8Array][] = []
  const fresh = new Map<string, Uint8Array>()
  const io: TrieIo = {
    keccak,
    load: (hash) => fresh.get(byteKey(hash)) ?? parts.hashed.node(hash),
    store: (hash, rlp) => {
      fresh.set(byteKey(hash), rlp)
      nodes.push([hash, rlp])
    },
  }
  const accounts: Uint8Array[] = []
  const slots: [Uint8Array, Uint8Array][] = []
  const leaves: Change[] = []

  for (const id of touched(changes)) {
    const address = keyBytes(id)
    const before = base.account(address)
    const now = changes.accounts.has(id) ? changes.accounts.get(id) : before
    const oldSlots = changes.cleared.has(id) ? await storedSlots(address, before, parts.store) : []
    const storage = slotChanges(address, id, now ? changes : undefined, parts.base, oldSlots)
    for (const { slot, value } of storage) {
      const key = KEY.slot(address, slot)
      writes.push({ key, value: value.length > 0 ? seal(key, value) : undefined })
      slots.push([address, slot])
    }
    const after = now && withStorage(now, changes.cleared.has(id) ? EMPTY_ROOT : (before?.storageRoot ?? EMPTY_ROOT), storage, io)
    if (before === after || (before && after && sameAccount(before, after))) continue
    const key = KEY.account(address)
    const rlp = after && encodeAccount(after)
    writes.push({ key, value: rlp && seal(key, rlp) })
    leaves.push({ key: keccak(address), value: rlp })
    accounts.push(address)
    const code = after && !sameBytes(after.codeHash, before?.codeHash ?? EMPTY_CODE_HASH) && changes.codes.get(byteKey(after.codeHash))
    if (code) writes.push({ key: KEY.code(after.codeHash), value: code })
  }
  const next = updateTrie(root, leaves, io)
  for (const [hash, rlp] of nodes) writes.push({ key: KEY.node(hash), value: rlp })
  return { root: next, writes, nodes, accounts, slots }
}

function touched({ accounts, slots }: Changes): string[] {
  return [...new Set([...accounts.keys(), ...slots.keys()])].sort()
}

interface SlotChange {
  readonly slot: Uint8Array
  readonly value: Uint8Array
}

/** What differs from the stored storage, old slots of a cleared one included, in the order of the slots. Without changes: all of it goes. */
function slotChanges(
  address: Uint8Array,
  id: string,
  changes: Changes | undefined,
  base: StateBase,
  oldSlots: readonly Uint8Array[],
): SlotChange[] {
  const result = new Map<string, Uint8Array>(oldSlots.map((slot) => [byteKey(slot), new Uint8Array()]))
  const cleared = changes?.cleared.has(id) === true
  for (const [slot, value] of changes?.slots.get(id) ?? []) {
    if (cleared ? value.length > 0 || result.has(slot) : !sameBytes(value, base.slot(address, keyBytes(slot)))) result.set(slot, value)
  }
  return [...result].sort(([a], [b]) => (a < b ? -1 : 1)).map(([slot, value]) => ({ slot: keyBytes(slot), value }))
}

async function storedSlots(address: Uint8Array, before: AccountRecord | undefined, store: Store): Promise<Uint8Array[]> {
  const slots: Uint8Array[] = []
  if (!before || sameBytes(before.storageRoot, EMPTY_ROOT)) return slots
  for await (const [key] of store.scan(KEY.slots(address))) slots.push(key.slice(21))
  return slots
}

/** The account with the root of its storage after the changes. A cleared storage begins empty, where deleting finds nothing. */
function withStorage(record: AccountRecord, root: Uint8Array, storage: readonly SlotChange[], io: TrieIo): AccountRecord {
  const leaves = storage.map(({ slot, value }) => ({ key: io.keccak(slot), value: value.length > 0 ? encodeBytes(value) : undefined }))
  return { ...record, storageRoot: updateTrie(root, leaves, io) }
}
