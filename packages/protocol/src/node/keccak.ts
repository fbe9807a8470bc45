import { keccak_256 } from '@noble/hashes/sha3.js'
import { createKeccak } from 'hash-wasm'
import type { HashFunction } from '../crypto/hash.ts'
import { compiledNative, usable } from './native.ts'

/**
 * The fastest Keccak-256 that there is for this machine and that gives its known answers: compiled, WebAssembly, or noble. Each digest is a fresh
 * array. What is given is tried in place of the first two.
 */
export async function fastKeccak256(compile = compiledKeccak256, assemble = wasmKeccak256): Promise<HashFunction> {
  const compiled = usable(compile, keccakKnownAnswers)
  if (compiled !== undefined) return compiled
  // Without WebAssembly (`node --jitless`) there is none.
  const wasm = await assemble().catch(() => undefined)
  return wasm !== undefined && keccakKnownAnswers(wasm) ? wasm : keccak_256
}

/** That of OpenSSL, by way of what was compiled from `native/`: on short inputs nearly twice as fast as WebAssembly. @throws Error where nothing was */
export function compiledKeccak256(): HashFunction {
  const { keccak256 } = compiledNative()
  const digest = Buffer.allocUnsafeSlow(DIGEST)
  const outside = offHeap()
  return (bytes) => {
    if (!keccak256(outside(bytes), digest)) throw new Error('OpenSSL has no Keccak')
    return new Uint8Array(digest)
  }
}

/** That of hash-wasm, about nine times as fast as JavaScript on short inputs. */
export async function wasmKeccak256(): Promise<HashFunction> {
  const keccak = await createKeccak(256)
  const outside = offHeap()
  return (bytes) => keccak.init().update(outside(bytes)).digest('binary')
}

const DIGEST = 32
/** Up to here V8 keeps an array's bytes on its own heap. */
const SHORT = 64

/**
 * What is short is copied to where others than JavaScript can read it, until the next is: V8 would move each of its arrays there for good, and
 * free it on other threads.
 */
function offHeap(): (bytes: Uint8Array) => Uint8Array {
  const copies = Array.from({ length: SHORT + 1 }, (_, length) => Buffer.allocUnsafeSlow(length))
  return (bytes) => {
    if (bytes.length > SHORT) return bytes
    const copy = copies[bytes.length]!
    copy.set(bytes)
    return copy
  }
}

/** Lengths around those of a block, which is 136 bytes. */
const LENGTHS = [0, 1, SHORT, SHORT + 1, 135, 136, 137, 300] as const

/** Whether it hashes as noble does. */
export function keccakKnownAnswers(keccak256: HashFunction): boolean {
  return LENGTHS.every((length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => i)
    return Buffer.compare(keccak256(bytes), keccak_256(bytes)) === 0
  })
}
