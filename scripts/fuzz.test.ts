import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { again, randomTests } from './fuzz.mjs'

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))

test('the tests that draw their cases at random are found', () => {
  const files = randomTests()
  expect(files).toEqual(
    expect.arrayContaining([
      'packages/inference/src/onnx/fuzz.test.ts',
      'packages/inference/src/journal/journal.property.test.ts',
      'packages/chain/test/contracts/property/invariants.test.ts',
      'packages/chain/test/crash.test.ts',
      'packages/protocol/src/bundle/codec.test.ts',
      'packages/verifier/src/verify.test.ts',
    ]),
  )
  expect(files).not.toContain('scripts/docs.test.ts')
})

test('rounds follow one another until the time is over, one at least, and end at the first failure', () => {
  let clock = 0
  const now = () => clock
  const taking = (seconds: number) => () => {
    clock += seconds
    return true
  }
  expect(again(10, taking(3), now)).toEqual({ rounds: 4, failed: false })
  expect(again(10, taking(60), now)).toEqual({ rounds: 1, failed: false })
  let left = 2
  expect(again(10, () => left-- > 0, now)).toEqual({ rounds: 2, failed: true })
})

test('the nightly run does it for as long as OG_FUZZ_SECONDS says', () => {
  expect(readFileSync(path('.ci/nightly'), 'utf8')).toMatch(/^OG_FUZZ_SECONDS="\$\{OG_FUZZ_SECONDS:-1800\}" node scripts\/fuzz\.mjs$/m)
  const { status, stderr } = spawnSync(process.execPath, [path('scripts/fuzz.mjs')], {
    env: { ...process.env, OG_FUZZ_SECONDS: 'long' },
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([2, expect.stringContaining('OG_FUZZ_SECONDS=long')])
})
