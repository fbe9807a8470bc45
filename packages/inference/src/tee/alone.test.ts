import { randomBytes } from 'node:crypto'
import { bytesToHex, type Hex, requestIdOf, ZERO_HASH } from '@opengradient/protocol'
import { RequestSealer } from '@opengradient/protocol/seal'
import { expect, it } from 'vitest'
import { doubler } from '../onnx/writer.testkit.ts'
import { ReceiptSigner } from '../receipts/signer.ts'
import { folderOf } from '../server/folderSource.testkit.ts'
import { type AdmitRequest, type RequestGate, unsignedGate } from '../server/pipeline.ts'
import { serve } from '../server/server.testkit.ts'
import { teeDoor } from './door.ts'
import { Keyring } from './keyring.ts'
import { type SealOpener, sealOpener } from './seal/opener.ts'
import { digestOf, LIFE, START } from './tee.testkit.ts'

const digest = digestOf(1)
/** Seals answers, and does nothing else. */
const sealingGate: RequestGate = {
  ...unsignedGate,
  admit: async (request) => ({ kind: 'run', ticket: request }),
  complete: async (ticket, { responseBody }) => {
    const call = (ticket as AdmitRequest).sealed!
    return { headers: {}, sealed: call.seal(responseBody, responseBody, [call.responseHash(responseBody)]) }
  },
}
const opener = sealOpener(randomBytes(32))

/** The keyset of this opener, live and for one model. */
function held(modelId: Hex) {
  const signer = new ReceiptSigner(randomBytes(32), { chainId: 5n, settlement: `0x${'11'.repeat(20)}` })
  const nothing = new Uint8Array()
  const rest = { modelIds: [modelId], notAfter: START + LIFE, nonceBlock: 1n, keyset: nothing, input: nothing, erase: opener.erase }
  const registration = { digest, level: 'development', from: START, until: START + LIFE } as const
  return { issued: { digest, signer, opener, ...rest }, registration }
}

/** A server that takes sealed requests for a model whose rows may run together, and what makes them. */
async function scene(gate: RequestGate) {
  const folder = folderOf(doubler(1), { batch: { invariant: true, max: 16 } })
  const { modelId } = folder
  const keyring = new Keyring<SealOpener>()
  keyring.add(held(modelId))
  const server = await serve({ 'og/doubler': folder }, { gate, tee: teeDoor({ keyring, now: () => START, random: randomBytes }) })
  const path = `/v2/models/${modelId}/infer`
  const body = Buffer.from(JSON.stringify({ inputs: [{ name: 'x', shape: [1, 1], datatype: 'FP32', data: [2] }] }))
  const sealer = new RequestSealer(() => START, randomBytes)
  const tell = async () => {
    const secret = randomBytes(32)
    const bound = { method: 'POST', path, contentType: 'application/json', modelId, requestId: requestIdOf(secret), paymentId: ZERO_HASH }
    const request = await sealer.seal({ ...bound, keyset: { hpke: opener.publicKey }, keysetDigest: digest, body })
    const secrets = { 'og-request-secret': bytesToHex(secret), 'og-level': 'development' }
    const headers = { 'content-type': 'application/json', ...request.headers, ...secrets }
    return fetch(`http://127.0.0.1:${server.port}${path}`, { method: 'POST', headers, body: request.body as Uint8Array<ArrayBuffer> })
  }
  const runs = async () =>
    Number(/og_model_executions_total\{[^}]*\} (\d+)/.exec((await server.ask('GET', '/metrics')).body.toString())![1])
  return { tell, runs }
}

it('sealed requests run each alone, also of a model that lets rows of several callers run together', async () => {
  const { tell, runs } = await scene(sealingGate)
  expect((await tell()).status).toBe(200)
  const before = await runs()
  const answers = await Promise.all(Array.from({ length: 64 }, tell))
  expect(answers.map(({ status }) => status)).toEqual(Array(64).fill(200))
  expect((await runs()) - before).toBe(64)
})

it('an answer that nobody sealed does not go out', async () => {
  const { tell } = await scene(unsignedGate)
  const answer = await tell()
  expect([answer.status, answer.headers.get('og-seal')]).toEqual([500, 'v1'])
  expect(await answer.text()).not.toContain('outputs')
})
