import { describe, expect, it } from 'vitest'
import { OgError } from './error.ts'
import { isMachineFault } from './machine.ts'

function caught(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}

const endless = (n: number): number => 1 + endless(n + 1)

describe('a fault of the machine', () => {
  it('is what engines throw without memory or stack, also deep inside another error', () => {
    const faults = [
      caught(() => new ArrayBuffer(2 ** 52)),
      caught(() => endless(0)),
      new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance'),
      new RangeError('WebAssembly.Memory(): could not allocate memory'),
      new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory'),
      Object.assign(new Error('Failed to allocate memory'), { code: 'ERR_MEMORY_ALLOCATION_FAILED' }),
      Object.assign(new Error('error:07880100:common libcrypto routines::malloc failure'), { code: 'ERR_OSSL_CRYPTO_MALLOC_FAILURE' }),
      Object.assign(new Error('error::malloc failure'), { code: 'ERR_OSSL_MALLOC_FAILURE' }),
    ]
    for (const fault of faults) {
      expect(isMachineFault(fault), String(fault)).toBe(true)
      expect(isMachineFault(new OgError('JSON_SYNTAX', 'not JSON', { cause: fault })), String(fault)).toBe(true)
    }
  })

  it('is nothing that depends on the input alone', () => {
    const circle = new Error('round')
    circle.cause = circle
    const others = [
      caught(() => new Array(-1)),
      caught(() => 2n ** (2n ** 40n)),
      caught(() => JSON.parse('{')),
      caught(() => (undefined as never as { x: number }).x),
      new Error('Array buffer allocation failed'),
      new OgError('ZK_MEMORY', 'out of memory'),
      circle,
      'out of memory',
      undefined,
    ]
    for (const other of others) expect(isMachineFault(other), String(other)).toBe(false)
  })
})
