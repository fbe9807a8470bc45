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
