import { isOgError } from '@opengradient/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { Quarantine } from './quarantine.ts'

const A = `0x${'aa'.repeat(32)}` as const
const B = `0x${'bb'.repeat(32)}` as const

describe('quarantine', () => {
  let now = 0
  let quarantine: Quarantine
  beforeEach(() => {
    now = 0
    quarantine = new Quarantine({ now: () => now, strikes: 3, windowMs: 1_000, baseMs: 100, maxMs: 350, backOffMs: 10 })
  })
  const inside = (): number | undefined => {
    try {
      quarantine.check(A)
      return undefined
    } catch (error) {
      if (!isOgError(error, 'ENGINE_QUARANTINED')) throw error
      return Number(error.details.retryAfterMs)
    }
  }

  it('begins with the third strike, for that model alone', () => {
    expect([quarantine.strike(A), quarantine.strike(A)]).toEqual([false, false])
    expect(inside()).toBeUndefined()
    expect(quarantine.strike(A)).toBe(true)
    expect(inside()).toBe(100)
    expect(() => quarantine.check(B)).not.toThrow()
    expect(quarantine.size).toBe(1)
  })

  it('ends, and lasts twice as long each time, up to a limit', () => {
    const stays: (number | undefined)[] = []
    for (let i = 0; i < 4; i++) {
      for (let s = 0; s < 3; s++) quarantine.strike(A)
      stays.push(inside())
      now += stays.at(-1)!
      expect(inside()).toBeUndefined()
    }
    expect(stays).toEqual([100, 200, 350, 350])
    expect(quarantine.size).toBe(0)
  })

  it('forgets strikes that are long ago', () => {
    quarantine.strike(A)
    quarantine.strike(A)
    now += 1_000
    expect(quarantine.strike(A)).toBe(false)
  })

  it('asks for a pause before the next load that doubles with each strike', () => {
    expect(quarantine.backOff(A)).toBe(0)
    quarantine.strike(A)
    expect(quarantine.backOff(A)).toBe(10)
    quarantine.strike(A)
    expect(quarantine.backOff(A)).toBe(20)
    now += 15
    expect(quarantine.backOff(A)).toBe(5)
    now += 100
    expect(quarantine.backOff(A)).toBe(0)
  })
})
