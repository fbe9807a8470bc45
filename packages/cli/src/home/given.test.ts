import { closeSync, ftruncateSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { InProcess } from '../attestation/og.testkit.ts'
import { readFileUpTo } from './given.ts'

const MODEL = fileURLToPath(new URL('../../../../models/volatility_mlp_16_32_32_1/model.onnx', import.meta.url))

function home(): InProcess {
  const made = new InProcess()
  onTestFinished(() => made.remove())
  return made
}

test('a file is read whole, up to its limit', () => {
  const og = home()
  const read = (bytes: Buffer, most: number) => readFileUpTo(join(og.root, og.file('some', bytes)), most)
  for (const size of [0, 1, 10, 3_000_000]) {
    const bytes = Buffer.alloc(size, 7)
    expect(read(bytes, 3_000_000).equals(bytes), `${size}`).toBe(true)
  }
  expect(() => read(Buffer.alloc(11), 10)).toThrow('over the limit of 10 bytes')
})

test('of a file far beyond the limit nothing is read, of one without an end no more than that', () => {
  const path = join(home().root, 'sparse')
  const file = openSync(path, 'w')
  ftruncateSync(file, 2 ** 40)
  closeSync(file)
  expect(() => readFileUpTo(path, 2 ** 31)).toThrow('over the limit')
  expect(() => readFileUpTo('/dev/zero', 1000)).toThrow('over the limit')
})

test('a keystore that cannot be written where it was asked for is said to be so, and is no fault of the home', async () => {
  const og = home()
  og.file('password', 'correct horse')
  expect(await og.og('account', 'new', 'carol', '--password-file', 'password')).toMatchObject({ code: 0 })
  expect(await og.og('account', 'export', 'carol', 'password/x/carol.json')).toMatchObject({
    code: 2,
    err: expect.stringContaining('cannot write password/x/carol.json'),
  })
  expect(await og.og('account', 'export', 'carol', 'password')).toMatchObject({ code: 2, err: expect.stringContaining('exists already') })
})

test('what comes with a model to be published has a limit: its card that of readers', async () => {
  const og = home()
  const large = og.file('large.md', 'x'.repeat(2 ** 20 + 1))
  for (const option of ['--card', '--description'])
    expect(await og.og('models', 'publish', MODEL, '--name', 'a/b', option, option === '--card' ? large : '/dev/zero')).toMatchObject({
      code: 2,
      err: expect.stringContaining('over the limit'),
    })
})
