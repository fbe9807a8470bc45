import { expect, test } from 'vitest'
import { consensusKeyArgument } from './consensusKey.ts'

test('public keys are ed25519 or compressed secp256k1, in hex', () => {
  for (const key of [`0x${'ab'.repeat(32)}`, `0x02${'ab'.repeat(32)}`, `0x03${'ab'.repeat(32)}`])
    expect(consensusKeyArgument(key, '/')).toBe(key)
  expect(consensusKeyArgument(`0x${'AB'.repeat(32)}`, '/')).toBe(`0x${'ab'.repeat(32)}`)
})

test.each(['0x', '0x12', `0x04${'ab'.repeat(32)}`, `0x${'ab'.repeat(64)}`, './no-such-file.json'])('%s is no consensus key', (text) => {
  expect(() => consensusKeyArgument(text, '/nowhere')).toThrow(expect.objectContaining({ code: 'USAGE' }))
})
