import { readFileSync } from 'node:fs'
import { type Bundle, parseBundle, utf8 } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { statementInput } from './statementInput.ts'

function vector(name: string): Required<Pick<Bundle, 'zk' | 'request'>> {
  const { bundle } = JSON.parse(readFileSync(new URL(`../../../vectors/valid/${name}.json`, import.meta.url), 'utf8'))
  const { zk, request } = parseBundle(utf8(JSON.stringify(bundle)))
  return { zk: zk!, request: request! }
}
const refused = (code: RegExp) => expect.objectContaining({ name: 'OgError', code: expect.stringMatching(code) })

it.each<[string, string]>([
  ['nothing', ''],
  ['no JSON', 'hello'],
  ['no inputs', '{}'],
  ['an input of another name', '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,1],"data":[1]}]}'],
])('a request that is %s has no input', async (_, body) => {
  const { zk } = vector('071-zk-proved')
  await expect(statementInput(zk.model, { body: utf8(body) })).rejects.toThrow(refused(/^(JSON|INPUT|ZK_INPUT)_/))
})

it('a file that is no integer model is refused as one', async () => {
  const { zk, request } = vector('071-zk-proved')
  await expect(statementInput(zk.model.subarray(1), request)).rejects.toThrow(refused(/^ZK_/))
})

it('the input follows from the request, in JSON or binary, and is another for another request', async () => {
  const [json, binary] = [vector('071-zk-proved'), vector('073-zk-binary-tensors')]
  const x = await statementInput(json.zk.model, json.request)
  expect(x.length).toBeGreaterThan(0)
  expect(await statementInput(json.zk.model, json.request)).toEqual(x)
  expect((await statementInput(binary.zk.model, binary.request)).length).toBeGreaterThan(0)
  const { inputs } = JSON.parse(Buffer.from(json.request.body).toString())
  inputs[0].data[0] += 1
  expect(await statementInput(json.zk.model, { body: utf8(JSON.stringify({ inputs })) })).not.toEqual(x)
})
