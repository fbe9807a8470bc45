import { addressOf } from '@opengradient/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { INPUT, NAME, type Scene, startScene } from './scene.testkit.ts'

let scene: Scene
beforeAll(async () => {
  scene = await startScene()
})
afterAll(() => scene?.close())

test.each([
  [3600, 'CHAIN_STALE', /clock/],
  [-3600, 'UNTRUSTED_HEADER', /clock/],
  [86_400 * 365 * 11, 'UNTRUSTED_HEADER', /expired/],
])('a caller whose clock is %i seconds off is told so, and nothing is sent', async (off, code, words) => {
  const og = await scene.connect({ now: () => Date.now() / 1000 + off })
  scene.liar.asked.length = 0
  const error = await og.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code, message: expect.stringMatching(words) })
  expect(scene.liar.asked).toEqual([])
})

test('a caller by whose clock the node is not registered yet asks it, and gets the answer that it paid for', async () => {
  const { from } = await (await scene.connect()).chain.key(scene.node, addressOf(scene.receiptKey))
  const og = await scene.connect({ now: () => Number(from) - 60 })
  expect((await og.infer(NAME, { input: INPUT })).verdict.ok).toBe(true)
})

test.each([Number.NaN, undefined, null, '5', 5n, -1, Number.POSITIVE_INFINITY, new Date(), Date.now()])(
  'a clock that gives %o is named, with what it has to give',
  async (said) => {
    const og = await scene.connect({ now: () => said as number })
    const words = expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/^now has to give unix seconds.*it gave/),
    })
    await expect(og.infer(NAME, { input: INPUT })).rejects.toThrow(words)
    await expect(og.wallet.balance()).rejects.toThrow(words)
    await expect(og.chain.balance(scene.node)).rejects.toThrow(words)
  },
)
