import { presets, trustOf, ZERO_ADDRESS, ZERO_HASH } from '@opengradient/protocol'
import { verify } from '@opengradient/verifier'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { INPUT, NAME, type Scene, startScene, volatility } from './scene.testkit.ts'

let scene: Scene
beforeAll(async () => {
  scene = await startScene({ price: 0n })
})
afterAll(() => scene?.close())

test('a free model needs no account, signs nothing, and is verified like any other', async () => {
  const og = await scene.connect({ account: undefined as never, policy: { level: 'signature', maxPrice: 0n } })
  const { receipt, verdict, requestId } = await og.infer(NAME, { input: INPUT })
  expect(receipt).toMatchObject({ price: 0n, payer: ZERO_ADDRESS, paymentId: ZERO_HASH })
  expect(verdict.ok).toBe(true)
  const { bundle } = await og.bundle(requestId)
  expect(bundle.payment).toBeUndefined()
  const now = Number(scene.net.chain.head().block.header.timestamp)
  expect((await verify(bundle, presets.answer, trustOf(scene.net.network), now)).ok).toBe(true)
})

test('a model can be asked right after it was published: nodes are given a moment to offer it', async () => {
  const og = await scene.connect()
  await og.publish({ ...(await volatility('alice/brand-new')), card: '# Brand new' })
  expect((await og.infer('alice/brand-new', { input: INPUT })).verdict.ok).toBe(true)
})
