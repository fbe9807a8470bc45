import { concatBytes, uintBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../result/rejection.ts'
import { NOW } from '../testkit/ca.testkit.ts'
import { bits, int, name, time } from '../testkit/der.testkit.ts'
import { ecKey } from '../testkit/keys.testkit.ts'
import { MAX_CRL, readCrl } from './crl.ts'

const key = ecKey('P-256', 'a root')
/** An element whose length takes three bytes. */
const long = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const value = concatBytes(...parts)
  return concatBytes(Uint8Array.of(tag, 0x83), uintBytes(value.length, 3), value)
}

/** A list of this many bytes: an extension that nobody knows fills it up. */
function list(size: number): Uint8Array {
  const made = (length: number): Uint8Array => {
    const extension = long(0x30, Uint8Array.of(6, 2, 0x2a, 3), long(4, new Uint8Array(length)))
    const body = long(0x30, int(1), key.algorithm, name('root'), time(NOW), time(NOW + 1), long(0xa0, long(0x30, extension)))
    return long(0x30, body, key.algorithm, bits(new Uint8Array(70)))
  }
  return made(size - made(70_000).length + 70_000)
}

const code = (der: Uint8Array): string => {
  try {
    return readCrl(der).revoked.size === 0 ? 'ok' : 'revoked'
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error)
  }
}

describe('a revocation list', () => {
  it('is read up to its longest, and not a byte beyond', () => {
    expect(list(MAX_CRL)).toHaveLength(MAX_CRL)
    expect(code(list(MAX_CRL + 1))).toBe('MALFORMED')
    expect(code(list(MAX_CRL))).toBe('ok')
  })
})
