import { describe, expect, it } from 'vitest'
import { isOgError, OgError } from './error.ts'

describe('OgError', () => {
  it('carries code, message, details and where to read on', () => {
    const error = new OgError('PORT_IN_USE', 'Port 8545 is taken.', { details: { port: 8545 } })
    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe('OgError')
    expect(error.code).toBe('PORT_IN_USE')
    expect(error.message).toBe('Port 8545 is taken.')
    expect(error.docs).toBe('docs/errors.md#PORT_IN_USE')
    expect(error.details).toEqual({ port: 8545 })
    expect('cause' in error).toBe(false)
  })

  it('lets the thrower name another page', () => {
    expect(new OgError('INTERNAL', 'x', { docs: 'docs/guide.md' }).docs).toBe('docs/guide.md')
  })
})

describe('walk', () => {
  const root = new TypeError('root')
  const middle = new OgError('RPC_ERROR', 'middle', { cause: root })
  const top = new OgError('CHAIN_UNREACHABLE', 'top', { cause: middle })

  it('gives the root cause', () => {
    expect(top.walk()).toBe(root)
    expect(new OgError('INTERNAL', 'alone').walk()).toMatchObject({ message: 'alone' })
  })

  it('gives the first error that is accepted, itself included', () => {
    expect(top.walk((error) => isOgError(error, 'RPC_ERROR'))).toBe(middle)
    expect(top.walk((error) => error instanceof OgError)).toBe(top)
    expect(top.walk((error) => error instanceof TypeError)).toBe(root)
  })

  it('gives undefined if none is', () => {
    expect(top.walk((error) => error instanceof RangeError)).toBeUndefined()
  })

  it('ends when causes go in a circle', () => {
    const a = new Error('a')
    const b = new Error('b', { cause: a })
    a.cause = b
    const error = new OgError('INTERNAL', 'x', { cause: a })
    expect(error.walk(() => false)).toBeUndefined()
    expect(error.walk()).toBe(a)
  })
})

describe('toJSON', () => {
  it('is what clients see: no stack, bigints as decimal strings, bytes as their length', () => {
    const cause = new OgError('HEX_MALFORMED', 'inner', { cause: new Error('innermost') })
    const error = new OgError('PAYMENT_TOO_SMALL', 'outer', {
      details: { price: 10n ** 20n, body: new Uint8Array(3), list: [1n, { deep: 2n }], error: new Error('text'), nothing: null },
      cause,
    })
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'PAYMENT_TOO_SMALL',
      message: 'outer',
      docs: 'docs/errors.md#PAYMENT_TOO_SMALL',
      details: { price: '100000000000000000000', body: '3 bytes', list: ['1', { deep: '2' }], error: 'text', nothing: null },
      cause: { code: 'HEX_MALFORMED', message: 'inner', docs: 'docs/errors.md#HEX_MALFORMED', details: {}, cause: 'innermost' },
    })
  })

  it('survives details that hold themselves', () => {
    const circle: Record<string, unknown> = { name: 'circle' }
    circle.self = circle
    expect(JSON.stringify(new OgError('INTERNAL', 'x', { details: circle }))).toContain('…')
  })

  it('leaves out a cause that is no error', () => {
    expect(new OgError('INTERNAL', 'x', { cause: 'secret text' }).toJSON()).not.toHaveProperty('cause')
  })
})

describe('isOgError', () => {
  it('tells ours from others, and one code from another', () => {
    const error: unknown = new OgError('ABSENT', 'x')
    expect(isOgError(error)).toBe(true)
    expect(isOgError(error, 'ABSENT')).toBe(true)
    expect(isOgError(error, 'INTERNAL')).toBe(false)
    expect(isOgError(new Error('x'))).toBe(false)
    expect(isOgError({ code: 'ABSENT' })).toBe(false)
  })
})
