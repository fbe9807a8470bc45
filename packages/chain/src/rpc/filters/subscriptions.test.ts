import { createBlock } from '@ethereumjs/block'
import { type Hex, keccak256 } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import type { Chain, ChainBlock } from '../../chain.ts'
import { wholeBlock } from '../../ledger/chainBlock.ts'
import { common } from '../../pool/host.testkit.ts'
import { Subscriptions } from './subscriptions.ts'

it('a subscription to logs hashes what it looks for once, however many blocks come', async () => {
  let hashed = 0
  let commit: (block: ChainBlock) => void = () => undefined
  let looked = 0
  const chain = {
    onBlock: (listener: typeof commit) => {
      commit = listener
      return () => undefined
    },
    eachReceipt: () => {
      looked++
      return []
    },
    pool: { onTransaction: () => () => undefined },
    common: {
      customCrypto: {
        keccak256: (bytes: Uint8Array) => {
          hashed++
          return keccak256(bytes)
        },
      },
    },
  } as unknown as Chain
  const delivery = { now: () => 0, pause: async () => undefined, onFault: (error: unknown) => void expect.unreachable(String(error)) }
  const subscriptions = new Subscriptions(chain, 100, () => '0x1', delivery)
  const addresses = new Set(Array.from({ length: 1_000 }, (_, index): Hex => `0x${index.toString(16).padStart(40, '0')}`))
  subscriptions.add('a', { kind: 'logs', criteria: { addresses, topics: [] } }, { push: () => undefined, end: () => undefined })
  const logsBloom = new Uint8Array(256).fill(0xff)
  for (let height = 1n; height <= 10n; height += 1n) commit(wholeBlock(createBlock({ header: { number: height, logsBloom } }, { common })))
  await expect.poll(() => looked).toBe(10)
  expect(hashed).toBe(1_000)
  subscriptions.close()
})
