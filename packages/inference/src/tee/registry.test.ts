import { attestationsAbi, multicall3Abi } from '@opengradient/contracts'
import type { Hex } from '@opengradient/protocol'
import { encodeFunctionData, encodeFunctionResult } from 'viem'
import { expect, test } from 'vitest'
import { type ChainRegistryOptions, chainRegistry } from './registry.ts'

const NODE = `0x${'11'.repeat(20)}` as const
const DIGEST: Hex = `0x${'22'.repeat(32)}`
/** The question for the newest, as it stands in the question for several. */
const CURRENT = encodeFunctionData({ abi: attestationsAbi, functionName: 'current', args: [NODE] }).slice(2)

/** A chain on which this node has one registration, until `until`. */
function scene(until: bigint, { patienceMs = 60_000, ...over }: Partial<ChainRegistryOptions['sender']> & { patienceMs?: number } = {}) {
  const chain = { head: 7n as bigint | undefined, time: 50, until, asked: 0 }
  const registration = { signer: NODE, level: 129, from: 5n, notBefore: 10n, until }
  const rpc = {
    async call(_method: string, request: unknown) {
      chain.asked += 1
      const shown = encodeFunctionResult({ abi: attestationsAbi, functionName: 'keyset', result: { ...EMPTY, ...registration } })
      const live = encodeFunctionResult({ abi: attestationsAbi, functionName: 'liveUntil', result: chain.until })
      const newest = encodeFunctionResult({
        abi: attestationsAbi,
        functionName: 'current',
        result: [DIGEST, { ...EMPTY, ...registration }],
      })
      const isCurrent = JSON.stringify(request).includes(CURRENT)
      const result = (isCurrent ? [newest] : [shown, live]).map((returnData) => ({ success: true, returnData }))
      return encodeFunctionResult({ abi: multicall3Abi, functionName: 'aggregate3', result })
    },
    close() {},
  }
  const sender = { gasFor: async () => 1n, send: async () => ({ ok: true }) as never, ...over }
  return {
    chain,
    registry: chainRegistry({
      rpc,
      sender,
      node: NODE,
      head: () => (chain.head === undefined ? undefined : { number: chain.head, timestamp: chain.time }),
      patienceMs,
    }),
  }
}

const ZERO: Hex = `0x${'00'.repeat(32)}`
const EMPTY = {
  tcbStatus: 0,
  evaluation: 0,
  policy: 0,
  revocations: 0,
  measurement: ZERO,
  mainMeasurement: ZERO,
  platformId: ZERO,
  evidenceHash: ZERO,
  marks: NODE,
}

test('the chain is asked once a block, and a revocation is seen with the next', async () => {
  const { chain, registry } = scene(100n)
  for (let i = 0; i < 3; i++) expect((await registry.find(DIGEST))?.until).toBe(100)
  expect(chain.asked).toBe(1)
  chain.until = 0n
  chain.head = 8n
  expect(await registry.find(DIGEST)).toBeUndefined()
  expect(chain.asked).toBe(2)
})

test('a registration is over from its end on by the time of the chain, though the contract goes on telling of it', async () => {
  const { chain, registry } = scene(100n)
  chain.time = 99
  expect([(await registry.current())?.digest, (await registry.find(DIGEST))?.digest]).toEqual([DIGEST, DIGEST])
  chain.time = 100
  expect([await registry.current(), await registry.find(DIGEST)]).toEqual([undefined, undefined])
})

test('without a head, and after a registration, it is asked again', async () => {
  const { chain, registry } = scene(100n)
  chain.head = undefined
  await registry.find(DIGEST)
  await registry.find(DIGEST)
  expect(chain.asked).toBe(2)
  chain.head = 7n
  await registry.find(DIGEST)
  await registry.register({ input: new Uint8Array(), nonceBlock: 6n })
  await registry.find(DIGEST)
  expect(chain.asked).toBe(4)
})

test('what was read while a block came is not kept for that block', async () => {
  const { chain, registry } = scene(100n)
  const reading = registry.find(DIGEST)
  chain.head = 8n
  await reading
  await registry.find(DIGEST)
  expect(chain.asked).toBe(2)
})

/** What sends, and what says which became of it. */
function slowly() {
  const sent: ((included: object) => void)[] = []
  return { sent, send: () => new Promise<never>((resolve) => void sent.push(resolve as (typeof sent)[number])) }
}
const ISSUED = { input: new Uint8Array(), nonceBlock: 6n }

test('a registration that no block takes is waited for a while at a time, and not sent twice', async () => {
  const { sent, send } = slowly()
  const { registry } = scene(0n, { send, patienceMs: 5 })
  for (let i = 0; i < 3; i++) await expect(registry.register(ISSUED)).rejects.toMatchObject({ code: 'CHAIN_WAIT_TIMEOUT' })
  expect([sent.length, await registry.find(DIGEST)]).toEqual([1, undefined])
})

test('a registration is seen as soon as it is in a block, though the node knows none newer than before', async () => {
  const { sent, send } = slowly()
  const { chain, registry } = scene(0n, { send })
  const registering = registry.register(ISSUED)
  expect(await registry.find(DIGEST)).toBeUndefined()
  chain.until = 100n
  await expect.poll(() => sent.length, { interval: 1 }).toBe(1)
  sent[0]!({ ok: true })
  await registering
  expect((await registry.find(DIGEST))?.until).toBe(100)
})

test('after one that reverted in its block the next is sent', async () => {
  const { sent, send } = slowly()
  const { registry } = scene(0n, { send })
  for (const tries of [1, 2]) {
    const registering = registry.register(ISSUED)
    await expect.poll(() => sent.length, { interval: 1 }).toBe(tries)
    sent.at(-1)!({ ok: false, tx: '0x01' })
    await expect(registering).rejects.toMatchObject({ code: 'NODE_ATTESTATION_REFUSED' })
  }
})
