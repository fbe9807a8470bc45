import type { BatchDBOp, DB } from '@ethereumjs/util'
import { KEY } from '../src/state/keys.ts'
import { memoryStore, type Store } from '../src/state/store.ts'

const CODE_PREFIX = '63'

/**
 * The database that EthereumJS's reference state manager writes to, kept in the layout of our own store: so that our readers,
 * proofs and calls work on a state that another implementation made.
 */
export class NodeStore implements DB<string, Uint8Array> {
  readonly store: Store = memoryStore()

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.store.get(keyOf(key))
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    await this.store.write([{ key: keyOf(key), value }])
  }

  /** Old states stay readable: nothing is ever deleted. */
  async del(): Promise<void> {}

  async batch(operations: BatchDBOp<string, Uint8Array>[]): Promise<void> {
    for (const operation of operations) if (operation.type === 'put') await this.put(operation.key, operation.value)
  }

  shallowCopy(): DB<string, Uint8Array> {
    return this
  }

  async open(): Promise<void> {}
}

/** A bare hash is a trie node; `c` before it makes it code. */
function keyOf(key: string): Uint8Array {
  if (key.length === 66 && key.startsWith(CODE_PREFIX)) return KEY.code(Buffer.from(key.slice(2), 'hex'))
  return KEY.node(Buffer.from(key, 'hex'))
}
