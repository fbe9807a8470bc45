import { describe, expect, it } from 'vitest'

const MEGABYTES = 4
const bytes = (last: number) => new Uint8Array(MEGABYTES * 2 ** 20).fill(last, -1)

describe('bytes in expectations', () => {
  it('are equal where all of them are, however deep, and that is seen at once', () => {
    const began = process.cpuUsage()
    expect({ all: new Map([['a', [bytes(1)]]]) }).toEqual({ all: new Map([['a', [bytes(1)]]]) })
    // One comparison of this size takes seconds, key by key.
    expect(process.cpuUsage(began).user / 1e6).toBeLessThan(1)
  })

  it('differ by their values, their number and what else they are', () => {
    const one = Uint8Array.of(1, 2)
    for (const other of [Uint8Array.of(1, 3), Uint8Array.of(1), Uint8Array.of(1, 2, 0), [1, 2], Uint16Array.of(1, 2), 'x', undefined]) {
      expect([one]).not.toEqual([other])
      expect([other]).not.toEqual([one])
    }
    expect(() => expect({ one }).toEqual({ one: Uint8Array.of(1, 3) })).toThrow(/3/)
  })

  it('of a buffer are those of a buffer only', () => {
    expect([Buffer.of(1, 2)]).toStrictEqual([Buffer.of(1, 2)])
    expect([Buffer.of(1, 2)]).not.toEqual([Uint8Array.of(1, 2)])
    expect([Buffer.of(1, 2)]).not.toStrictEqual([Uint8Array.of(1, 2)])
  })

  it('are what a pattern of them says', () => {
    expect({ bytes: Uint8Array.of(1, 2) }).toEqual({ bytes: expect.any(Uint8Array) })
    expect({ bytes: Uint8Array.of(1, 2), more: 1 }).toMatchObject({ bytes: Uint8Array.of(1, 2) })
  })
})
