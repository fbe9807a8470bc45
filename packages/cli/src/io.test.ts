import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { print, printJson, printJsonLine, processIo, widthOf } from './io.ts'

function said(write: (io: ReturnType<typeof processIo>) => void): string {
  let text = ''
  const out = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  write({ ...processIo(), out })
  return text
}

test('a line keeps its colours, tabs and further lines, and nothing else that a terminal acts on', () => {
  expect(said((io) => print(io, '\u001b[32mgreen\u001b[39m\ta\nb\u001b[2J\u009b5m\r\u202e\u2028\u{e0041}\u001b]0;x\u0007'))).toBe(
    '\u001b[32mgreen\u001b[39m\ta\nb·[2J·5m·····]0;x·\n',
  )
})

test('JSON is the same value, with escapes for what a terminal acts on', () => {
  const value = {
    'k\u202e': 'a\u009b\u0085\u007f\u200b\u2028\u{e0041}\u001b[2J\n',
    n: 10n,
    bytes: Uint8Array.of(1),
    read: [Buffer.of(2)],
    names: 'naïve 東京 😀',
  }
  const text = said((io) => printJson(io, value))
  expect(text).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}·]/u)
  expect(JSON.parse(text)).toEqual({ ...value, n: '10', bytes: '0x01', read: ['0x02'] })
  expect(text).toContain('naïve 東京 😀')
  const line = said((io) => printJsonLine(io, value))
  expect([line.indexOf('\n'), JSON.parse(line)]).toEqual([line.length - 1, JSON.parse(text)])
})

test('sentences are as wide as the terminal, within reason', () => {
  const widths = [undefined, 20, 80, 250].map((columns) => widthOf({ ...processIo(), columns }))
  expect(widths).toEqual([100, 60, 80, 100])
})
