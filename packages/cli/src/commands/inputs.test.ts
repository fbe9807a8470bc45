import { expect, onTestFinished, test } from 'vitest'
import { InProcess } from '../attestation/og.testkit.ts'
import { contextOf } from '../context.ts'
import { homeAt } from '../home/paths.ts'
import { processIo } from '../io.ts'
import { readInputs } from './infer.ts'

function inputs(text: string | Uint8Array): unknown {
  const place = new InProcess()
  onTestFinished(() => place.remove())
  place.file('x.json', text)
  return readInputs(contextOf({ ...processIo(), cwd: place.root }, homeAt(place.root), {}), 'x.json')
}

test('inputs are values by name, or the tensors of a request', () => {
  expect(inputs('{"x":[[1,2]],"big":[1e17,100000000000000000]}')).toEqual({ x: [[1, 2]], big: [1e17, 1e17] })
  expect(inputs('{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[1,2]}]}')).toEqual({ x: { shape: [2], data: [1, 2] } })
})

test('a model whose input is called inputs is asked like any other', () => {
  for (const value of [[1, 2], [[1], [2]], [null], []]) {
    const read = inputs(JSON.stringify({ inputs: value }))
    expect(read).toEqual(value.length === 0 ? {} : { inputs: value })
  }
})

test.each([
  ['an input that is there twice', '{"x":[1],"x":[2]}', /twice/],
  ['no JSON', '{x:1}', /x\.json/],
  ['no object', '[1]', /names of the inputs/],
  ['UTF-16', Buffer.from('{"x":[1]}', 'utf16le'), /x\.json/],
  ['__proto__', '{"__proto__":{"x":1}}', /__proto__/],
])('%s is refused before anything is paid', (_, text, why) => {
  expect(() => inputs(text)).toThrow(expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(why) }))
})
