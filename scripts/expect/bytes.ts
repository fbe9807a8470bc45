import { expect } from 'vitest'

const SET_UP = Symbol.for('bytes are compared as bytes')

/** Vitest looks at arrays of bytes as at objects, key by key: some megabytes take longer than what a test does with them. */
function bytesEqual(a: unknown, b: unknown): boolean | undefined {
  if (!(a instanceof Uint8Array && b instanceof Uint8Array) || a.constructor !== b.constructor) return undefined
  return Buffer.compare(a, b) === 0
}

// Files of tests share a process, and its testers.
if (!(SET_UP in globalThis)) {
  Object.assign(globalThis, { [SET_UP]: true })
  expect.addEqualityTesters([bytesEqual])
}
