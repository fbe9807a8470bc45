import { OgError } from '@opengradient/protocol'
import type { Keccak } from '../crypto/keccak.ts'
import { KEY } from './keys.ts'
import { Lru } from './lru.ts'
import { byteKey, type Store } from './store.ts'

const NODE_CACHE_BYTES = 6 << 20
/** Reading code from disk and hashing it takes long; so what is called in most blocks has room. */
const CODE_CACHE_BYTES = 32 << 20

/**
 * What the store holds by hash: trie nodes of every block, and code. Each is checked against its hash when it comes from disk, so a
 * damaged one is never believed (`CHAIN_DATA_CORRUPT`).
 */
export class HashedStore {
  readonly #store: Pick<Store, 'get'>
  readonly #keccak: Keccak
  readonly #nodes = new Lru<Uint8Array>(NODE_CACHE_BYTES, (rlp) => rlp.length + 100)
  readonly #codes = new Lru<Uint8Array>(CODE_CACHE_BYTES, (code) => code.length + 100)

  constructor(store: Pick<Store, 'get'>, keccak: Keccak) {
    this.#store = store
    this.#keccak = keccak
  }

  /** The RLP of a trie node. */
  readonly node = (hash: Uint8Array): Uint8Array => this.#read(this.#nodes, hash, KEY.node(hash), 'trie node')

  /** The code with this hash. The same array each time: do not change it. */
  readonly code = (hash: Uint8Array): Uint8Array => this.#read(this.#codes, hash, KEY.code(hash), 'code')

  /** A node that was just stored and will soon be read again. */
  remember(hash: Uint8Array, rlp: Uint8Array): void {
    this.#nodes.set(byteKey(hash), rlp)
  }

  #read(cache: Lru<Uint8Array>, hash: Uint8Array, key: Uint8Array, what: string): Uint8Array {
    const id = byteKey(hash)
    const known = cache.get(id)
    if (known) return known
    const bytes = this.#store.get(key)
    if (!bytes || byteKey(this.#keccak(bytes)) !== id) {
      const hex = Buffer.from(hash).toString('hex')
      throw new OgError(
        'CHAIN_DATA_CORRUPT',
        `The chain database lacks the ${what} ${hex}, or holds it damaged. Restore a backup, or reset the network.`,
        { details: { hash: hex } },
      )
    }
    cache.set(id, bytes)
    return bytes
  }
}
