import { rmSync } from 'node:fs'
import type { NetworkFile } from '@opengradient/protocol'
import { afterAll, expect, test } from 'vitest'
import { InProcess } from './attestation/og.testkit.ts'
import { contextOf } from './context.ts'
import { processIo } from './io.ts'
import { storesOf } from './session.ts'

const home = new InProcess()
afterAll(() => rmSync(home.root, { recursive: true, force: true }))

const foreign: NetworkFile = {
  name: 'testnet',
  chainId: 7,
  genesisHash: `0x${'11'.repeat(32)}`,
  anchors: [],
  rpcUrls: ['http://127.0.0.1:9'],
}

test('a network that is not of this machine has the store of the settings; without one it is said how to name it', async () => {
  const stores = () => storesOf(contextOf(processIo(), home.place, {}), foreign)
  const file = home.file('testnet.json', JSON.stringify(foreign))
  expect(stores()).toEqual({})
  const pulled = await home.og('models', 'pull', 'alice/volatility', '--network', file)
  expect([pulled.code, pulled.err]).toEqual([
    2,
    expect.stringMatching(/CONFIG_MISSING: no store is known; `og config store URL` names one/),
  ])
  expect((await home.og('config', 'store', 'https://store.example.org')).code).toBe(0)
  expect(stores()).toEqual({ stores: ['https://store.example.org'] })
})
