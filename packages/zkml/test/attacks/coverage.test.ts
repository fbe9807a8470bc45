import { Script } from 'node:vm'
import { expect, it } from 'vitest'
import { Coverage } from './coverage.ts'

const URL = 'file:///sample-of-coverage.js'
const decode = new Script(
  `(bytes) => {
    if (bytes.length < 2) return 'short'
    if (bytes[0] === 7) {
      if (bytes[1] === 9) return 'deep'
      return 'first'
    }
    return bytes.length > 4 ? 'long' : 'plain'
  }`,
  { filename: URL },
)

it('sees that an input reaches a block that none before it reached, and only then', () => {
  const coverage = new Coverage((url) => url === URL)
  const run = decode.runInThisContext() as (bytes: number[]) => string
  const reaches = (bytes: number[]): [string, boolean] => [run(bytes), coverage.take()]
  expect(reaches([1, 2])).toEqual(['plain', true])
  expect(reaches([3, 4])).toEqual(['plain', false])
  expect(reaches([])).toEqual(['short', true])
  expect(reaches([7, 1])).toEqual(['first', true])
  expect(reaches([7, 2])).toEqual(['first', false])
  const before = coverage.blocks()
  expect(reaches([7, 9])).toEqual(['deep', true])
  expect(reaches([1, 2, 3, 4, 5])).toEqual(['long', true])
  expect(coverage.blocks().reached).toBeGreaterThan(before.reached)
  expect(coverage.take()).toBe(false)
  coverage.stop()
})

it('passes over scripts that it does not watch', () => {
  const coverage = new Coverage(() => false)
  ;(decode.runInThisContext() as (bytes: number[]) => string)([1])
  expect(coverage.take()).toBe(false)
  expect(coverage.blocks()).toEqual({ reached: 0, known: 0 })
  coverage.stop()
})
