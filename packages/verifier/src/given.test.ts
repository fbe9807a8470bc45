import { type Policy, presets, type Trust } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { verify } from './verify.ts'

const trust: Trust = { chainId: 7, genesisHash: `0x${'1'.repeat(64)}`, anchors: [] }
const { settled } = presets

test('what a caller asks for has to be something: a level or an expectation that is misspelt is named', async () => {
  const wrong: [string, unknown, unknown, unknown][] = [
    ['policy', undefined, trust, 1],
    ['policy', 'settled', trust, 1],
    ['policy.require', {}, trust, 1],
    ['policy.require', { ...settled, require: 'answer' }, trust, 1],
    ['policy.level', { ...settled, level: 'signatur' }, trust, 1],
    ['policy.level', { ...settled, level: 'none' }, trust, 1],
    ['policy.attestation', { ...settled, attestation: '{}' }, trust, 1],
    ['policy.attestation', { ...settled, attestation: null }, trust, 1],
    ['policy.expect', { ...settled, expect: '0x' }, trust, 1],
    ['policy.expect', { ...settled, expect: 5 }, trust, 1],
    ['policy.expect', { ...settled, expect: null }, trust, 1],
    ['policy.expect', { ...settled, expect: { maxprice: 1n } }, trust, 1],
    ['trust', settled, undefined, 1],
    ['trust.anchors', settled, { chainId: 7 }, 1],
    ['now', settled, trust, undefined],
    ['now', settled, trust, 1.5],
    ['now', settled, trust, '1'],
  ]
  for (const [field, policy, network, now] of wrong)
    await expect(verify(new Uint8Array(), policy as Policy, network as Trust, now as number)).rejects.toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(new RegExp(`^${field} has (?:to be|no member) `)) }),
    )
})

test('whatever the bundle is, it is a verdict', async () => {
  for (const bundle of [undefined, null, 5, 'x', {}, [], Symbol('x'), new Uint8Array()]) {
    const { ok } = await verify(bundle as Uint8Array, settled, trust, 1)
    expect([bundle, ok]).toEqual([bundle, false])
  }
})
