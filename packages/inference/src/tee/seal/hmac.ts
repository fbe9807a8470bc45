import { hash } from 'node:crypto'

const BLOCK = 64
const DIGEST = 32

/** Where messages are put together. Nothing of them stays. */
const inner = Buffer.allocUnsafeSlow(32 * 1024)
const outer = Buffer.allocUnsafeSlow(BLOCK + DIGEST)

/** What writes a message, and answers where it ends. */
export type WriteMessage = (out: Buffer, at: number) => number

/** Bytes that a message has at most. */
export const MAX_MESSAGE = inner.length - BLOCK

/**
 * HMAC-SHA256 (RFC 2104) under one key, as two hashes at once: a quarter of the time that `createHmac` takes for messages this short (a test
 * compares them).
 */
export class Hmac {
  readonly #inner = Buffer.alloc(BLOCK, 0x36)
  readonly #outer = Buffer.alloc(BLOCK, 0x5c)

  /** @param key at most 64 bytes */
  constructor(key: Uint8Array) {
    for (let i = 0; i < key.length; i++) {
      this.#inner[i]! ^= key[i]!
      this.#outer[i]! ^= key[i]!
    }
  }

  /** Of what `write` writes, at most `MAX_MESSAGE` bytes. */
  digest(write: WriteMessage): Buffer {
    let end = BLOCK
    try {
      inner.set(this.#inner)
      end = write(inner, BLOCK)
      outer.set(this.#outer)
      outer.write(sha256(inner.subarray(0, end)), BLOCK, 'latin1')
      return Buffer.from(sha256(outer), 'latin1')
    } finally {
      inner.fill(0, 0, end)
      outer.fill(0)
    }
  }

  /** Overwrites the key. */
  erase(): void {
    this.#inner.fill(0)
    this.#outer.fill(0)
  }
}

/** As text: Node hands out a new buffer in three times as long. */
const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'binary')
