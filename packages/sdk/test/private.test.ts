import { afterAll, beforeAll, expect, test } from 'vitest'
import { INPUT, NAME, type Scene, startScene } from './scene.testkit.ts'

let scene: Scene
beforeAll(async () => {
  scene = await startScene()
})
afterAll(() => scene?.close())

test('a registry entry at a private address is never contacted, except on a local network', async () => {
  const local = await scene.connect()
  expect((await local.infer(NAME, { input: INPUT })).verdict.ok).toBe(true)
  // The same chain, the same registry, the same RPC; only that it is not called local.
  const abroad = await scene.connect({ network: { ...scene.net.network, name: 'testnet' } })
  scene.liar.asked.length = 0
  const started = performance.now()
  await expect(abroad.infer(NAME, { input: INPUT })).rejects.toThrow(
    expect.objectContaining({
      code: 'MODEL_NOT_SERVED',
      details: expect.objectContaining({ refused: [expect.objectContaining({ node: scene.node })] }),
    }),
  )
  expect(scene.liar.asked).toEqual([])
  expect(performance.now() - started).toBeLessThan(30_000)
  expect((await abroad.wallet.balance()).spentToday).toBe(0n)
})
