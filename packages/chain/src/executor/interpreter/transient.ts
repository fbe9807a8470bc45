import type { Address } from '@ethereumjs/util'
import { byteKey } from '../../state/store.ts'
import { FAILURE, need } from './failures.ts'
import type { Frame } from './frame.ts'
import { readNumber, wordBytes } from './words.ts'

export const TLOAD = 0x5c
export const TSTORE = 0x5d

/** A slot as it was before a write. */
interface Before {
  readonly slots: Map<bigint, bigint>
  readonly key: bigint
  readonly word: bigint
}

/** Storage that a transaction leaves nothing of (EIP-1153), in the place of EthereumJS's, which it can do all of and which writes everything in hex. */
export class TransientStorage {
  /** By the `byteKey` of the account. */
  readonly #accounts = new Map<string, Map<bigint, bigint>>()
  #writes: Before[] = []
  /** How many writes there were at each open checkpoint. */
  #checkpoints: number[] = []

  load(id: string, key: bigint): bigint {
    return this.#accounts.get(id)?.get(key) ?? 0n
  }

  store(id: string, key: bigint, word: bigint): void {
    let slots = this.#accounts.get(id)
    if (!slots) {
      slots = new Map()
      this.#accounts.set(id, slots)
    }
    this.#writes.push({ slots, key, word: slots.get(key) ?? 0n })
    slots.set(key, word)
  }

  get({ bytes }: Address, key: Uint8Array): Uint8Array {
    return wordBytes(this.load(byteKey(bytes), readNumber(key, 0, key.length)))
  }

  put({ bytes }: Address, key: Uint8Array, value: Uint8Array): void {
    this.store(byteKey(bytes), readNumber(key, 0, key.length), value.length === 0 ? 0n : readNumber(value, 0, value.length))
  }

  checkpoint(): void {
    this.#checkpoints.push(this.#writes.length)
  }

  commit(): void {
    this.#checkpoints.pop()
  }

  revert(): void {
    const writes = this.#checkpoints.pop() ?? 0
    while (this.#writes.length > writes) {
      const { slots, key, word } = this.#writes.pop()!
      slots.set(key, word)
    }
  }

  clear(): void {
    this.#accounts.clear()
    this.#writes = []
    this.#checkpoints = []
  }
}

export function loadTransient({ _evm: evm, self, _runState: { stack } }: Frame): void {
  const top = need(stack, 1)
  stack._store[top] = evm.transientStorage.load(self.id, stack._store[top]!)
}

export function storeTransient({ _evm: evm, _env: env, self, _runState: { stack } }: Frame): void {
  if (env.isStatic) throw FAILURE.staticChange
  const top = need(stack, 2)
  evm.transientStorage.store(self.id, stack._store[top]!, stack._store[top - 1]!)
  stack._len -= 2
}
