import { opg } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import type { SdkPolicy } from './context.ts'
import { CONNECT, policy } from './given.ts'
import { OpenGradient } from './index.ts'
import { memoryLedger } from './pay/ledger.ts'
import { openPurse } from './pay/purse.ts'

const NO_CAPS: unknown[] = [undefined, null, 0.01, Number.NaN, '0.01', '10000000000000000', -1n, {}, [1n], true]
const refused = (what: string) => expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(what) })

test('a cap that is no amount is refused, since no price is above it', async () => {
  for (const cap of NO_CAPS) {
    expect(() => policy({ level: 'signature', maxPrice: cap } as SdkPolicy, 'policy')).toThrow(refused('policy.maxPrice'))
    if (cap !== undefined)
      expect(() => policy({ level: 'signature', maxPrice: 1n, maxPerDay: cap } as SdkPolicy, 'policy')).toThrow(refused('policy.maxPerDay'))
    const options = {
      account: undefined,
      chainId: 7,
      maxPerDay: undefined,
      ledger: memoryLedger(),
      now: () => 0,
      random: () => new Uint8Array(32),
    }
    expect(() => openPurse({ ...options, maxPrice: cap as bigint })).toThrow(refused('maxPrice'))
    const network = { name: 'local', chainId: 7, genesisHash: `0x${'1'.repeat(64)}` as const, anchors: [], rpcUrls: ['http://127.0.0.1:9'] }
    await expect(OpenGradient.connect({ network, policy: { level: 'signature', maxPrice: cap as bigint } })).rejects.toThrow(
      refused('maxPrice'),
    )
  }
  expect(policy({ level: 'signature', maxPrice: 0n, maxPerDay: opg('1') }, 'policy').maxPerDay).toBe(opg('1'))
})

test('a cap whose name is misspelt is refused, not passed over', () => {
  expect(() => policy({ level: 'signature', maxPrice: 1n, maxPerDday: 1n } as SdkPolicy, 'policy')).toThrow(refused('"maxPerDday"'))
})

test('what an application without types gives is named, and never printed', () => {
  for (const given of [undefined, null, 'signature', []]) expect(() => policy(given, 'policy')).toThrow(refused('policy'))
  expect(() => policy({ level: 'constructor', maxPrice: 1n }, 'policy')).toThrow('level "constructor" is not offered')
  const secret = `0x${'5e'.repeat(32)}`
  for (const account of [secret, null, {}, { address: 5 }]) {
    expect(() => CONNECT.account(account, 'account')).toThrow(refused('account'))
    expect(() => CONNECT.account(account, 'account')).not.toThrow(secret)
  }
})
