import { describe, expect, it } from 'vitest'
import { difference } from '../../conformance/compare.ts'

const result = (value: unknown) => ({ jsonrpc: '2.0', id: 1, result: value })
const error = (code: number, message = '', data?: unknown) => ({
  jsonrpc: '2.0',
  id: 1,
  error: { code, message, ...(data === undefined ? {} : { data }) },
})

describe('the comparison of conformance cases', () => {
  it('wants equal results, down to members that are missing or too many', () => {
    expect(difference(result({ a: ['0x1', null] }), result({ a: ['0x1', null] }), false)).toBeUndefined()
    expect(difference(result({ a: ['0x1'] }), result({ a: ['0x2'] }), false)).toContain('result.a[0]')
    expect(difference(result({ a: [] }), result({ a: ['0x1'] }), false)).toContain('0 elements')
    expect(difference(result({}), result({ a: 1 }), false)).toContain('result.a is missing')
    expect(difference(result({ a: 1 }), result({}), false)).toContain('result.a is not expected')
    expect(difference(result(null), result({}), false)).toContain('null')
  })

  it('wants the code and data of an error, and lets its words differ', () => {
    expect(difference(error(3, 'x', '0x1'), error(3, 'y', '0x1'), false)).toBeUndefined()
    expect(difference(error(3, 'x', '0x2'), error(3, 'y', '0x1'), false)).toContain('error.data')
    expect(difference(error(-32602), error(-32000), false)).toContain('instead of -32000')
    expect(difference(result('0x'), error(3), false)).toContain('instead of error 3')
    expect(difference(error(-32601), result('0x'), false)).toContain('error -32601')
  })

  it('of form alone lets values differ, but no members and no types', () => {
    expect(difference(result({ a: '0x1', b: [1] }), result({ a: '0x2', b: [2, 3] }), true)).toBeUndefined()
    expect(difference(result({ a: 'x' }), result({ a: '0x2' }), true)).toContain('result.a')
    expect(difference(result({ a: 1 }), result({ a: '0x2' }), true)).toContain('result.a')
    expect(difference(result({}), result({ a: '0x2' }), true)).toContain('missing')
  })
})
