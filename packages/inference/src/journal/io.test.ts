import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nodeSegments } from './io.ts'
import { temporaryFolder } from './journal.testkit.ts'

test('what is written stands there, the first write prepares space behind it, and closing cuts that off', async () => {
  const dir = temporaryFolder()
  const io = nodeSegments(dir)
  const file = io.open(3, 0)
  file.write(Buffer.from('hello'), 0)
  file.write(Buffer.from(' world'), 5)
  const path = join(dir, '00000003.log')
  await file.sync()
  expect(statSync(path).size).toBe(256 * 1024)
  expect(readFileSync(path).subarray(0, 12).toString()).toBe('hello world\0')
  expect(io.readRange(3, 6, 5).toString()).toBe('world')
  file.close()
  expect(readFileSync(path, 'utf8')).toBe('hello world')
  expect(io.list()).toEqual([3])
})

test('more than the prepared space, and exactly as much, is written whole', async () => {
  const dir = temporaryFolder()
  const io = nodeSegments(dir)
  const file = io.open(1, 0)
  const parts = [Buffer.alloc(1024 * 1024, 1), Buffer.alloc(3_000_000, 2), Buffer.alloc(7, 3)]
  let at = 0
  for (const part of parts) {
    file.write(part, at)
    await file.sync()
    at += part.length
  }
  file.close()
  expect(readFileSync(join(dir, '00000001.log')).equals(Buffer.concat(parts))).toBe(true)
})

test('opening with fewer bytes cuts the rest off; going on behind them works', () => {
  const dir = temporaryFolder()
  const io = nodeSegments(dir)
  const first = io.open(1, 0)
  first.write(Buffer.from('good bad'), 0)
  first.close()
  const second = io.open(1, 5)
  second.write(Buffer.from('better'), 5)
  second.truncate(8)
  second.close()
  expect(readFileSync(join(dir, '00000001.log'), 'utf8')).toBe('good bet')
})

test('reading past the end is an error, not zeros', () => {
  const io = nodeSegments(temporaryFolder())
  const file = io.open(1, 0)
  file.write(Buffer.from('abc'), 0)
  file.close()
  expect(() => io.readRange(1, 1, 5)).toThrow('short')
})

test('where no space can be prepared, what is written stands there all the same', async () => {
  const dir = temporaryFolder()
  // More than there is anywhere.
  const file = nodeSegments(dir, 2 ** 52).open(1, 0)
  for (const at of [0, 3, 6]) {
    file.write(Buffer.from('abc'), at)
    await file.sync()
    expect(readFileSync(join(dir, '00000001.log'), 'utf8')).toBe('abc'.repeat(at / 3 + 1))
  }
  file.truncate(4)
  file.close()
  expect(readFileSync(join(dir, '00000001.log'), 'utf8')).toBe('abca')
})
