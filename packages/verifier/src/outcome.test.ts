import { OgError } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { absent, fail, once, pass, Stop, settle } from './outcome.ts'

const thrower = (error: unknown) => () => {
  throw error
}

describe('settle', () => {
  it('gives what the check found', () => {
    expect(settle(() => pass('request.bound'))).toMatchObject({ status: 'pass' })
  })

  it('gives the outcome of a stop', () => {
    const outcome = absent('state.missing')
    expect(settle(thrower(new Stop(outcome)))).toBe(outcome)
  })

  it('fails with the code of a parser, its message made printable', () => {
    const outcome = settle(thrower(new OgError('RLP_MALFORMED', 'byte \u001b[1m 3')))
    expect(outcome).toEqual({ status: 'fail', code: 'RLP_MALFORMED', says: 'byte ·[1m 3' })
  })

  it('fails closed on a fault of its own', () => {
    expect(settle(thrower(new TypeError('x is not a function')))).toMatchObject({ status: 'fail', code: 'INTERNAL' })
    expect(settle(thrower(new TypeError('x is not a function'))).says).toMatch(/nothing is verified: x is not a function$/)
    expect(settle(thrower('a string')).says).toMatch(/nothing is verified: a string$/)
  })
})

describe('a stop', () => {
  it('says what its outcome says', () => {
    expect(new Stop(fail('INCLUSION_INVALID')).message).toBe(fail('INCLUSION_INVALID').says)
  })
})

describe('once', () => {
  it('computes once and gives the same value again', () => {
    let calls = 0
    const value = once(() => ({ calls: ++calls }))
    expect(value()).toBe(value())
    expect(calls).toBe(1)
  })

  it('throws the same error again without computing again', () => {
    let calls = 0
    const value = once(() => {
      calls++
      throw new Error('no')
    })
    expect(value).toThrow('no')
    expect(value).toThrow('no')
    expect(calls).toBe(1)
  })
})
