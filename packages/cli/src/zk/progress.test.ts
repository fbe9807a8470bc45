import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { barLine, progressBar } from './progress.ts'

test('a bar never says that it is done before it is', () => {
  expect(barLine('proving', 'proof', 9_000, { done: 9_000, ms: 3_000 })).toBe(
    `proving  ${'█'.repeat(24)}  99 %  9.0 s of about 3.0 s · proof`,
  )
  expect(barLine('proving', 'model', 0, { done: 0, ms: 0 })).toContain('0 %')
})

test('without an estimate the time that passed is shown', () => {
  expect(barLine('compiling', 'integer model', 1_250)).toBe('compiling  1.3 s · integer model')
})

test('nothing is drawn where standard error is no terminal', () => {
  const err = new PassThrough()
  const progress = progressBar({ err, color: true, now: () => 0 }, 'proving')
  progress.phase('proof', 10_000)
  progress.end()
  expect(err.read()).toBe(null)
})
