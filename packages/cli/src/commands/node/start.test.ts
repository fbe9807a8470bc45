import { expect, onTestFinished, test } from 'vitest'
import { InProcess } from '../../attestation/og.testkit.ts'

test.each([
  [['--credit', '1', '--settle-first-above', '2'], 'at most the credit of 1 OPG'],
  [['--settle-first-above', 'much'], '--settle-first-above'],
  [['--credit', '-1'], '--credit'],
])('og node start %j is refused before anything is bonded', async (args, why) => {
  const home = new InProcess()
  onTestFinished(() => home.remove())
  expect(await home.og('node', 'start', ...args)).toMatchObject({ code: 2, err: expect.stringContaining(why) })
})
