import { expect, it } from 'vitest'
import { NoiseFilter } from './noise.ts'

const collect = (
  options: { maxLines?: number; intervalMs?: number } = {},
): { filter: NoiseFilter; lines: string[]; clock: { now: number } } => {
  const lines: string[] = []
  const clock = { now: 0 }
  return { filter: new NoiseFilter((line) => lines.push(line), { now: () => clock.now, ...options }), lines, clock }
}

it('makes lines of chunks, wherever they are cut', () => {
  const { filter, lines } = collect()
  for (const chunk of ['one\ntw', 'o\n', '', 'three']) filter.push(Buffer.from(chunk))
  expect(lines).toEqual(['one', 'two'])
  filter.end()
  filter.end()
  expect(lines).toEqual(['one', 'two', 'three'])
})

it('lets no control characters and no endless lines through', () => {
  const { filter, lines } = collect()
  filter.push(Buffer.from(`\u001b[31mred\r\u0007\u00e9\n${'x'.repeat(10_000)}\n`))
  expect(lines[0]).toBe('?[31mred????')
  expect(lines[1]).toHaveLength(2_000)
  filter.push(Buffer.alloc(10_000_000, 0x61))
  filter.end()
  expect(lines[2]).toHaveLength(2_000)
})

it('drops what is too much, says how much, and starts anew later', () => {
  const { filter, lines, clock } = collect({ maxLines: 3, intervalMs: 1_000 })
  filter.push(Buffer.from('a\n'.repeat(10)))
  expect(lines).toEqual(['a', 'a', 'a'])
  clock.now = 1_000
  filter.push(Buffer.from('b\n'))
  expect(lines.slice(3)).toEqual(['(7 more lines dropped)', 'b'])
})

it('keeps the end, to explain a death', () => {
  const { filter } = collect()
  filter.push(Buffer.alloc(100_000, 0x61))
  filter.push(Buffer.from('the last words'))
  expect(filter.tail).toHaveLength(4_096)
  expect(filter.tail.endsWith('the last words')).toBe(true)
})
