import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import {
  bytesToHex,
  devAccount,
  encodeBundle,
  encodeNetworkFile,
  type Hex,
  hexToBytes,
  isZkNonce,
  presets,
  responseHashOf,
  type Verdict,
  zkNonce,
  zkSaltOf,
} from '@opengradient/protocol'
import { statementInput, verify } from '@opengradient/verifier'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { memoryBook, type OgError, type OpenGradient, opg, type ProofProgress } from '../src/node/index.ts'
import { type Lie, type Reply, resign } from './lyingNode.testkit.ts'
import { eventually, INPUT, NAME, PRICE, passingTime, provable, type Scene, startScene, volatility } from './scene.testkit.ts'

const pass = passingTime()
let scene: Scene
let og: OpenGradient
beforeAll(async () => {
  scene = await startScene({ model: provable })
  og = await scene.connect({ policy: { level: 'zk', maxPrice: opg('0.01') } })
})
afterEach(() => {
  scene.liar.lie = undefined
})
afterAll(() => scene?.close())

const isInfer = (path: string) => path.endsWith('/infer')
const isProof = (path: string) => path.endsWith('/proof')
const ask = () => og.infer(NAME, { input: INPUT }, { timeoutMs: 120_000 })

/** The proof is not in the answer, so that the node has to be asked for it; then this is done to each reply about it. */
const asked =
  (change: (reply: Reply, times: number) => unknown = () => {}): Lie =>
  ({ request, reply }) => {
    if (isInfer(request.path) && reply.status === 200) {
      times = 0
      const at = reply.body.indexOf('"proof":"')
      if (at >= 0) reply.body.write('proxy', at + 1)
      resign(reply, { responseHash: responseHashOf(reply.body) }, og.chain.domain, scene.receiptKey)
    }
    if (isProof(request.path)) return change(reply, ++times)
  }
let times = 0

/** What a node says while it proves. */
function pending(reply: Reply, state: string, position: number): void {
  reply.status = 202
  reply.headers = { 'content-type': 'application/json', 'retry-after': '1' }
  reply.body = Buffer.from(JSON.stringify({ state, position, expected_ms: 60 }))
}

async function failedChecks(run: Promise<unknown>): Promise<string[]> {
  const error = await run.then(
    () => undefined,
    (reason: OgError) => reason,
  )
  expect(error).toMatchObject({ name: 'OgError', code: 'VERIFICATION_FAILED' })
  return (error!.details.verdict as Verdict).checks.filter(({ status }) => status === 'fail').map(({ id }) => id)
}

test('a model of a moment ago is waited for until a node can prove it; another is not', async () => {
  const { publishedAt } = (await og.chain.model(scene.modelId))!
  let refusals = 0
  const lie: Lie = ({ request, reply }) => {
    if (!isInfer(request.path) || ++refusals > 3) return
    reply.status = 400
    reply.headers = { 'content-type': 'application/json' }
    reply.body = Buffer.from(JSON.stringify({ code: 'NODE_LEVEL_NOT_OFFERED', error: 'At level signature, not zk.' }))
  }
  for (const seconds of [59, 60]) {
    const now = () => Number(publishedAt) + seconds
    const client = await scene.connect({ policy: { level: 'zk', maxPrice: opg('0.01') }, now })
    scene.liar.lie = lie
    refusals = 0
    const asking = client.infer(NAME, { input: INPUT }, { timeoutMs: 120_000 })
    if (seconds < 60) expect((await asking).verdict.level).toBe('zk')
    else await expect(asking).rejects.toMatchObject({ code: 'NODE_LEVEL_NOT_OFFERED' })
    expect(refusals).toBe(seconds < 60 ? 4 : 3)
  }
})

test('a proof with one byte changed is refused, and its answer not given out', async () => {
  scene.liar.lie = asked((reply) => {
    reply.body[reply.body.length - 100]! ^= 1
  })
  expect(await failedChecks(ask())).toEqual(['zk.proof'])
})

test('a proof of another answer is refused', async () => {
  const { bundle } = await og.infer(NAME, { input: INPUT.map((x) => x / 2) })
  scene.liar.lie = asked((reply) => {
    reply.body = Buffer.from(bundle.zk!.proof)
  })
  expect(await failedChecks(ask())).toEqual(['zk.proof'])
})

test('an output that is not the decoding of the proved integers is refused, though its node signed it', async () => {
  scene.liar.lie = ({ request, reply }) => {
    if (!isInfer(request.path) || reply.status !== 200) return
    const start = Number(reply.headers['inference-header-content-length'])
    reply.body[start]! ^= 1
    resign(reply, { responseHash: responseHashOf(reply.body) }, og.chain.domain, scene.receiptKey)
  }
  expect(await failedChecks(ask())).toEqual(['zk.output', 'zk.statement', 'zk.proof'])
})

test('an answer of level signature in place of a proved one is refused', async () => {
  scene.liar.lie = ({ request, reply }) => {
    if (isInfer(request.path) && reply.status === 200)
      resign(reply, { level: 0, proofRef: `0x${'00'.repeat(32)}` }, og.chain.domain, scene.receiptKey)
  }
  expect(await failedChecks(ask())).toEqual(['zk.statement'])
})

test('a proof that does not come in time is an error that says how to go on', async () => {
  scene.liar.lie = asked((reply, count) => {
    pending(reply, 'queued', 3)
    if (count === 2) pass(120_000)
  })
  const error = (await ask().catch((reason: OgError) => reason)) as OgError
  expect(error).toMatchObject({ code: 'ZK_PROOF_PENDING', message: expect.stringMatching(/og\.recover.*og\.challenge/) })
  expect(await og.receipts.get(error.details.requestId as Hex)).toMatchObject({
    state: 'sent',
    level: 'zk',
    bundle: { receipt: { level: 2 } },
  })
})

test('an answer that was lost on its way is recovered with its proof, and paid once', async () => {
  scene.liar.lie = ({ request }) => (isInfer(request.path) ? 'hang up' : undefined)
  const error = (await ask().catch((reason: OgError) => reason)) as OgError
  expect(error.code).toBe('NODE_UNREACHABLE')
  scene.liar.lie = undefined
  const { verdict, requestId, outputs } = await og.recover(error.details.requestId as Hex)
  expect(verdict.level).toBe('zk')
  expect(Object.keys(outputs)).toEqual(['output'])
  expect((await og.receipts.get(requestId))?.state).toBe('answered')
  expect((await og.bundle(requestId)).verdict).toMatchObject({ ok: true, level: 'zk' })
})

test('the proof is waited for, and how far it is can be shown', async () => {
  scene.liar.lie = asked((reply, count) => count < 3 && pending(reply, count === 1 ? 'queued' : 'proving', 2 - count))
  const told: ProofProgress[] = []
  const { verdict } = await og.infer(NAME, { input: INPUT }, { onProof: (progress) => told.push(progress) })
  expect(verdict.level).toBe('zk')
  expect(told.map(({ state }) => state)).toEqual(['queued', 'proving', 'ready'])
})

test('a node that knows nothing of the proof is quoted', async () => {
  scene.liar.lie = asked((reply) => {
    reply.status = 404
    reply.body = Buffer.from(JSON.stringify({ code: 'ZK_PROOF_UNKNOWN', error: 'never heard of it' }))
  })
  await expect(ask()).rejects.toMatchObject({ code: 'ZK_PROOF_UNKNOWN', message: expect.stringContaining('never heard of it') })
})

test('a model without an integer model is refused before anything is asked', async () => {
  const plain = await og.publish(await volatility('alice/plain'))
  const before = scene.liar.asked.length
  await expect(og.infer(plain.modelId, { input: INPUT })).rejects.toMatchObject({ code: 'POLICY_LEVEL_UNMET' })
  expect(scene.liar.asked.slice(before)).toEqual([])
})

test('an integer model alone is refused at level signature before anything is asked', async () => {
  const { tolerance: _, ...options } = await provable('alice/integers')
  const alone = await og.publish({ ...options, format: 'zkir', class: 'exact', files: options.files.slice(1) })
  const before = scene.liar.asked.length
  await expect(og.infer(alone.modelId, { input: INPUT }, { level: 'signature' })).rejects.toMatchObject({ code: 'POLICY_LEVEL_UNMET' })
  expect(scene.liar.asked.slice(before)).toEqual([])
})

test('an answer comes with a proof that anybody can check offline', async () => {
  const { outputs, receipt, verdict, bundle } = await ask()
  expect(verdict).toMatchObject({ ok: true, level: 'zk' })
  expect(receipt.level).toBe(2)
  expect(Object.keys(outputs)).toEqual(['output'])
  const again = await verify(encodeBundle(bundle), presets.zk, og.chain.trust, Math.floor(Number(receipt.issuedAt)) + 5)
  expect(again).toMatchObject({ ok: true, level: 'zk' })
})

test('its payment waits, and the payer may let it go at once', async () => {
  const { requestId, receipt } = await ask()
  await expect(og.challenge(`0x${'77'.repeat(32)}`)).rejects.toMatchObject({ code: 'NODE_REQUEST_UNKNOWN' })
  await eventually(async () => (await og.receipts.held(requestId))?.status === 'held', 'the payment is held')
  await og.accept(receipt)
  expect(await og.receipts.held(requestId)).toMatchObject({ status: 'released' })
  await expect(og.challenge(requestId)).rejects.toMatchObject({ code: 'PAYMENT_NOT_HELD' })
})

test('an answer that never comes, and is paid for, is found on chain by its payment and challenged, once', async () => {
  scene.liar.lie = () => 'hang up'
  const book = memoryBook()
  const caller = await scene.connect({ book, policy: { level: 'zk', maxPrice: opg('0.01') } })
  const error = (await caller.infer(NAME, { input: INPUT }).catch((reason: OgError) => reason)) as OgError
  expect(error).toMatchObject({ code: 'NODE_UNREACHABLE', message: expect.stringMatching(/og\.recover.*og\.challenge/) })
  const requestId = error.details.requestId as Hex
  expect((await book.get(requestId))?.bundle).toBe(undefined)
  const held = await eventually(async () => {
    const found = await caller.redress(requestId)
    return found.state === 'held' && found
  }, 'the payment is held')
  expect(held).toMatchObject({ can: 'challenge', node: scene.node, price: PRICE, deposit: expect.any(BigInt), gas: expect.any(BigInt) })
  expect((await caller.receipts.get(requestId))?.held).toMatchObject({ status: 'held' })
  await expect(caller.collect(requestId)).rejects.toMatchObject({
    code: 'PAYMENT_NOT_HELD',
    message: expect.stringContaining('nobody has challenged'),
  })
  const before = (await caller.wallet.balance()).opg
  const { deposit } = await caller.challenge(requestId)
  const paid = before - (await caller.wallet.balance()).opg
  // It follows the base fee, which falls from block to block while hardly anything is asked of the chain.
  expect(deposit).toBeLessThanOrEqual(held.deposit)
  expect(paid - deposit).toBeLessThanOrEqual(held.gas)
  await expect(caller.challenge(requestId)).rejects.toMatchObject({ code: 'PAYMENT_NOT_HELD' })
  await eventually(async () => (await caller.redress(requestId)).state === 'released', 'the node proves it')
  expect(await caller.redress(requestId)).toMatchObject({ state: 'released', deposit: 0n, gas: 0n })
})

test('of a payment that was never settled nothing is challenged, and it is said until when it could be', async () => {
  const book = memoryBook()
  const caller = await scene.connect({ book, policy: { level: 'zk', maxPrice: opg('0.01') } })
  await caller.infer(NAME, { input: INPUT })
  const [entry] = await book.list()
  const { bundle: _, ...sent } = (await book.get(entry!.requestId))!
  await book.put({ ...sent, state: 'sent', paymentId: `0x${'55'.repeat(32)}` })
  expect(await caller.redress(sent.requestId)).toMatchObject({ state: 'unsettled', deposit: 0n })
  await expect(caller.challenge(sent.requestId)).rejects.toMatchObject({
    code: 'PAYMENT_NOT_HELD',
    message: expect.stringMatching(/nothing was paid yet, and nothing can be after \d{4}-/),
  })
})

test('a challenged answer is proved on chain by its node', async () => {
  const { requestId } = await ask()
  await eventually(async () => (await og.receipts.held(requestId))?.status === 'held', 'the payment is held')
  const { deposit } = await og.challenge(requestId)
  expect(deposit).toBeGreaterThan(0n)
  await eventually(async () => (await og.receipts.held(requestId))?.status === 'released', 'the node proves it')
})

test('what pays for it is good for no other level, model, request or input', async () => {
  const { bundle, requestId, secret } = await ask()
  const x = await statementInput(bundle.zk!.model, bundle.request!)
  const { modelId } = bundle.receipt
  expect(bundle.payment?.nonce).toBe(zkNonce({ modelId, requestId, x, salt: zkSaltOf(hexToBytes(secret)) }))
  const { payment } = (await og.infer(NAME, { input: INPUT }, { level: 'signature' })).bundle
  expect(isZkNonce(payment!.nonce)).toBe(false)
})

test('at level signature the same model answers as ever, and nothing is held', async () => {
  const { verdict, requestId } = await og.infer(NAME, { input: INPUT }, { level: 'signature' })
  expect(verdict.level).toBe('signature')
  expect(verdict.checks.some(({ id }) => id.startsWith('zk.'))).toBe(false)
  expect(await og.receipts.held(requestId)).toBe(undefined)
  await expect(og.accept(requestId)).rejects.toMatchObject({ code: 'PAYMENT_NOT_HELD' })
})

test('an input that the integer model cannot take is refused before anything is paid', async () => {
  const input = INPUT.slice()
  input[0] = 1e9
  const before = scene.liar.asked.length
  await expect(og.infer(NAME, { input })).rejects.toMatchObject({ code: 'ZK_INPUT_OUT_OF_RANGE' })
  expect(scene.liar.asked.slice(before)).toEqual([])
})

/** A caller that can compile no WebAssembly, as in a page whose policy forbids it. The first fetch of Node compiles its own parser. */
const NOTHING_COMPILES = `
import { OpenGradient, parseNetworkFile, opg, privateKeyToAccount } from '@opengradient/sdk/browser'
let text = ''
for await (const part of process.stdin) text += part
const { network, key, store, now, name, input } = JSON.parse(text)
await (await fetch(store)).text()
WebAssembly.compile = async () => { throw new WebAssembly.CompileError('refused by the policy of the page') }
const policy = { level: 'zk', maxPrice: opg('0.01') }
const account = privateKeyToAccount(key)
const og = await OpenGradient.connect({ network: parseNetworkFile(network), account, policy, stores: [store], now: () => now })
const { code, message } = await og.infer(name, { input }).then(() => ({ code: 'answered' }), (error) => error)
console.log(JSON.stringify({ code, message }))`

test('who can compile no WebAssembly is told so before anything is paid', async () => {
  const { net, store } = scene
  const before = scene.liar.asked.length
  const child = spawn(process.execPath, ['--input-type=module', '-e', NOTHING_COMPILES], {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const given = {
    network: new TextDecoder().decode(encodeNetworkFile(net.network)),
    key: bytesToHex(devAccount(net.network.chainId, 0).privateKey),
    store: store.url,
    now: Math.max(Date.now() / 1000, Number(net.chain.head().block.header.timestamp)),
    name: NAME,
    input: [...INPUT],
  }
  child.stdin.end(JSON.stringify(given))
  expect(JSON.parse(await text(child.stdout))).toEqual({
    code: 'ZK_WEBASSEMBLY',
    message: expect.stringMatching(/no WebAssembly can be compiled here.*refused by the policy of the page/),
  })
  expect(scene.liar.asked.slice(before)).toEqual([])
})
