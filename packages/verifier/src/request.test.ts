import { utf8 } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { modelIn, parametersIn } from './request.ts'

const ID = `0x${'ab'.repeat(32)}`
const asked = (body: string, headerLength?: number) =>
  parametersIn({
    method: 'POST',
    path: '/v2/models/m/infer',
    contentType: 'application/json',
    body: utf8(body),
    ...(headerLength === undefined ? {} : { headerLength }),
  })

describe('modelIn', () => {
  it('finds the id in place of the name or as the version, percent-encoded or not', () => {
    expect(modelIn(`/v2/models/${ID}/infer`)).toBe(ID)
    expect(modelIn(`/v2/models/alice%2Fvolatility/versions/${ID}/infer`)).toBe(ID)
    expect(modelIn(`/v2/models/%30x${'ab'.repeat(32)}/infer?x=1`)).toBe(ID)
  })

  it('takes the version where both are ids: it is the narrower of the two', () => {
    expect(modelIn(`/v2/models/0x${'cd'.repeat(32)}/versions/${ID}/infer`)).toBe(ID)
  })

  it('finds none where there is only a name, another endpoint or a broken escape', () => {
    expect(modelIn('/v2/models/alice%2Fvolatility/infer')).toBeUndefined()
    expect(modelIn(`/v1/models/${ID}`)).toBeUndefined()
    expect(modelIn(`/v2/models/%E0%A4%A/infer`)).toBeUndefined()
    expect(modelIn(`/v2/models/${ID.toUpperCase()}/infer`)).toBeUndefined()
  })
})

describe('parametersIn', () => {
  it('reads past tensors of floats that are written as long whole numbers', () => {
    expect(asked('{"inputs":[{"data":[100000000000000000]}],"parameters":{"a":1}}')).toEqual([['a', 1]])
  })

  it('takes a JSON that is the whole body, and none that would be longer', () => {
    const json = '{"parameters":{"a":1},"inputs":[]}'
    expect(asked(json, json.length)).toEqual([['a', 1]])
    expect(() => asked(json, json.length + 1)).toThrow('longer than its body')
  })

  it('gives the parameters in their order, none if there are none', () => {
    expect(asked('{"parameters":{"b":1,"a":"x"},"inputs":[]}')).toEqual([
      ['b', 1],
      ['a', 'x'],
    ])
    expect(asked('{"inputs":[]}')).toEqual([])
  })

  it('reads only the JSON in front of binary tensors', () => {
    expect(asked('{"parameters":{"a":1}}\u0000\u0001', 22)).toEqual([['a', 1]])
  })

  it('says what is wrong with what it cannot read', () => {
    expect(() => asked('null')).toThrow('the body must be an object')
    expect(() => asked('[]')).toThrow('the body must be an object')
    expect(() => asked('{"parameters":null}')).toThrow('parameters must be an object')
    expect(() => asked('{}', 3)).toThrow('its JSON would be longer than its body')
    expect(() => asked('{"a":1,"a":2}')).toThrow('cannot be read')
  })
})
