import { expect, onTestFinished, test } from 'vitest'
import { InProcess } from '../../attestation/og.testkit.ts'

test.each([
  [['--credit', '1', '--settle-first-above', '2'], 'at most the credit of 1 OPG'],
  [['--settle-first-above', 'much'], '--settle-first-above'],
  [['--credit', '-1'], '--credit'],
  [['--price', 'dear'], '--price'],
  [['--price', '1000000001'], '--price: there are 1,000,000,000 OPG'],
  [['--port', '70000'], '--port'],
  [['--serve', 'alice/x'], '--serve'],
  [['--tee', 'sgx'], '--tee sgx: there are auto, nitro'],
  [['--proof-deadline', '0.5'], '--proof-deadline'],
])('og node start %j is refused before anything is asked or bonded', async (args, why) => {
  const home = new InProcess()
  onTestFinished(() => home.remove())
  expect(await home.og('node', 'start', ...args)).toMatchObject({ code: 2, err: expect.stringContaining(why) })
})
