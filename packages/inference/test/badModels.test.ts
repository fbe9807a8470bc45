import { chunkHashes, DEV_ACCOUNTS, encodeManifest, type Hex, manifestHashOf, sha256Hex } from '@opengradient/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { InferenceNode } from '../src/config.ts'
import { startInferenceNode } from '../src/node.ts'
import {
  type Bytes,
  block,
  doubler,
  floats,
  graph,
  int,
  int64s,
  join,
  model,
  opset,
  node as step,
  TYPE,
  tensor,
  value,
} from '../src/onnx/writer.testkit.ts'
import { folderOf } from '../src/server/folderSource.testkit.ts'
import { type HandPayment, handPayment, newAsk } from './caller.testkit.ts'
import { eventually, OPG, startTestNetwork, type TestNetwork, upload } from './network.testkit.ts'

let net: TestNetwork
let node: InferenceNode
beforeAll(async () => {
  net = await startTestNetwork()
  await net.writer(DEV_ACCOUNTS.user).wrap(OPG)
  node = await startInferenceNode(net.nodeConfig({ maxModelBytes: 2_000_000 }))
})
afterAll(async () => {
  await node?.close()
  await net?.close()
})

/** Publishes any bytes under the manifest of a model that doubles. Nobody checks a file when it is published: anyone may. */
async function publish(name: string, bytes: Bytes): Promise<Hex> {
  const { manifest } = folderOf(doubler(1))
  const file = { path: 'model.onnx', size: bytes.length, sha256: sha256Hex(bytes), chunks: chunkHashes(bytes) }
  const manifestBytes = encodeManifest({ ...manifest, files: [file] })
  for (const stored of [bytes, manifestBytes]) await upload(net.store, stored)
  const { modelId } = await net.writer(DEV_ACCOUNTS.user).publish(name, manifestHashOf(manifestBytes))
  return modelId
}

/** Status and code of the answer, once the node knows the model. */
async function infer(modelId: Hex, payment: HandPayment): Promise<[number, string | undefined]> {
  const body = JSON.stringify({ inputs: [{ name: 'x', shape: [1, 1], datatype: 'FP32', data: [2] }] })
  const headers = { 'content-type': 'application/json', 'og-request-secret': newAsk().secret, 'payment-signature': payment.header }
  let told: [number, string | undefined] = [0, undefined]
  const known = async () => {
    const reply = await fetch(`${node.url}/v2/models/${modelId}/infer`, { method: 'POST', headers, body })
    told = [reply.status, ((await reply.json()) as { code?: string }).code]
    return told[1] !== 'MODEL_NOT_SERVED'
  }
  await eventually(known, 'offered')
  return told
}

const one = (made: Bytes, initializers: Bytes[] = []): Bytes =>
  graph({ nodes: [made], inputs: [value('x', TYPE.FLOAT, ['N', 1])], outputs: [value('y', TYPE.FLOAT, ['N', 1])], initializers })
const outside = join(block(13, join(block(1, 'location'), block(2, '/etc/passwd'))), int(14, 1))

test.each<[string, Bytes]>([
  ['text', Buffer.from('hello world')],
  ['a file cut in the middle', doubler(1).subarray(0, 40)],
  ['data outside the file', model(one(step('Add', ['x', 'w'], ['y']), [tensor('w', TYPE.FLOAT, [1], new Uint8Array(0), outside)]))],
  ['an operator of its own', model(one(step('Mine', ['x'], ['y'], [], 'mine')), { opsets: [opset(17), opset(1, 'mine')] })],
  ['64 GiB from a constant shape', model(one(step('ConstantOfShape', ['s'], ['y']), [int64s('s', [2n ** 34n])]))],
  ['more bytes than the node takes', model(one(step('Add', ['x', 'w'], ['y']), [floats('w', new Array(600_000).fill(1))]))],
])('a published model of %s is refused, charges nothing, and the others go on', async (what, bytes) => {
  const [bad, good] = [await publish(`mallory/${sha256Hex(bytes).slice(2, 12)}`, bytes), await publish('alice/good', doubler(1))]
  const pay = () => handPayment(net, net.account(DEV_ACCOUNTS.user), node.till, OPG / 1000n)
  const [lost, spent] = [pay(), pay()]
  expect([what, ...(await infer(bad, lost))]).toEqual([what, 503, 'MODEL_INVALID'])
  expect((await infer(good, spent))[0]).toBe(200)
  await eventually(() => node.pending().queued + node.pending().submitted === 0, 'settled')
  const { from, nonce } = lost.authorization
  expect([await net.client.settled(lost.paymentId), await net.client.nonceUsed(from, nonce)]).toEqual([undefined, false])
  expect(await net.client.settled(spent.paymentId)).toBeDefined()
})
