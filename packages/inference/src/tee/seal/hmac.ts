import { hash } from 'node:crypto'

const BLOCK = 64
/** What the key is padded with. */
const [INNER, OUTER] = [0x36, 0x5c]
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
  readonly #inner = Buffer.alloc(BLOCK)
  readonly #outer = Buffer.alloc(BLOCK)

  /** @param key at most 64 bytes */
  constructor(key: Uint8Array) {
    pad(this.#inner, key, INNER)
    pad(this.#outer, key, OUTER)
  }

  /** Of what `write` writes, at most `MAX_MESSAGE` bytes. */
  digest(write: WriteMessage): Buffer {
    inner.set(this.#inner)
    outer.set(this.#outer)
    return finish(write)
  }

  /** Overwrites the key. */
  erase(): void {
    this.#inner.fill(0)
    this.#outer.fill(0)
  }
}

/** The same for a key of one message: its padded copies are never anywhere but where the message is put together, and wiped with it. */
export function hmacOnce(key: Uint8Array, write: WriteMessage): Buffer {
  pad(inner, key, INNER)
  pad(outer, key, OUTER)
  return finish(write)
}

function pad(block: Buffer, key: Uint8Array, byte: number): void {
  block.fill(byte, 0, BLOCK)
  for (let i = 0; i < key.length; i++) block[i]! ^= key[i]!
}

/** What follows the padded key, and both hashes. */
function finish(write: WriteMessage): Buffer {
  let end = inner.length
  try {
    end = write(inner, BLOCK)
    outer.write(sha256(inner.subarray(0, end)), BLOCK, 'latin1')
    return Buffer.from(sha256(outer), 'latin1')
  } finally {
    inner.fill(0, 0, end)
    outer.fill(0)
  }
}

/** As text: Node hands out a new buffer in three times as long. */
const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'binary')
