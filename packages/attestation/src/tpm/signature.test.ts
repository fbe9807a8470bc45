import { expect, it } from 'vitest'
import { ecKey } from '../testkit/keys.testkit.ts'
import { rawSignature } from './signature.ts'

const { key } = ecKey('P-256', 'tpm signature')
const raw = (...lengths: readonly number[]) =>
  rawSignature({ scheme: 'ecdsa', hash: 'SHA-256', parts: lengths.map((length) => new Uint8Array(length).fill(1)) }, key)

it('the numbers of a signature are filled up to the size of the key, and no longer than it', () => {
  expect(raw(32, 1)).toEqual(Uint8Array.from([...Array(32).fill(1), ...Array(31).fill(0), 1]))
  for (const lengths of [
    [33, 1],
    [1, 33],
    [33, 33],
  ])
    expect(() => raw(...lengths)).toThrow('TPM: a number that is longer than the key.')
})
