import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { presets } from '@opengradient/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as sdk from '../src/node/index.ts'
import { INPUT, NAME, type Scene, startScene, volatility } from './scene.testkit.ts'

let scene: Scene
let dir: string
let og: sdk.OpenGradient
let rows: readonly Row[]

beforeAll(async () => {
  scene = await startScene()
  dir = await mkdtemp(join(tmpdir(), 'og arguments '))
  og = await scene.connect()
  rows = await everyCall(await og.infer(NAME, { input: INPUT }))
})
afterAll(async () => {
  await scene?.close()
  await rm(dir, { recursive: true, force: true })
})

/** A call with something else as one of its arguments, or as a member of one, and the words by which that is named when it is wrong. */
type Row = readonly [call: string, field: string, with_: (junk: never) => unknown]

async function everyCall({ requestId, receipt, bundle }: sdk.InferResult): Promise<Row[]> {
  const inputs = { input: INPUT }
  const signed = { receipt, signature: bundle.signature }
  const model = await volatility('alice/other')
  const file = { path: 'model.onnx', bytes: new Uint8Array(1) }
  const pull = { into: join(dir, 'pull'), stores: [scene.store.url] }
  const policy = { level: 'signature', maxPrice: 1n } as const
  const connect = (change: object) => scene.connect(change as never)
  const account = scene.node
  return [
    ['og.infer', 'model', (junk) => og.infer(junk, inputs)],
    ['og.infer', 'inputs', (junk) => og.infer(NAME, junk)],
    ['og.infer', 'input', (junk) => og.infer(NAME, { input: junk })],
    ['og.infer', 'shape', (junk) => og.infer(NAME, { input: { data: INPUT, shape: junk } })],
    ['og.infer', 'options', (junk) => og.infer(NAME, inputs, junk)],
    ['og.infer', 'options.node', (junk) => og.infer(NAME, inputs, { node: junk })],
    ['og.infer', 'options.parameters', (junk) => og.infer(NAME, inputs, { parameters: junk })],
    ['og.infer', 'options.parameters.x', (junk) => og.infer(NAME, inputs, { parameters: { x: junk } })],
    ['og.infer', 'options.maxPrice', (junk) => og.infer(NAME, inputs, { maxPrice: junk })],
    ['og.infer', 'level', (junk) => og.infer(NAME, inputs, { level: junk })],
    ['og.infer', 'options.onProof', (junk) => og.infer(NAME, inputs, { onProof: junk })],
    ['og.infer', 'options.timeoutMs', (junk) => og.infer(NAME, inputs, { timeoutMs: junk })],
    ['og.infer', 'options.signal', (junk) => og.infer(NAME, inputs, { signal: junk })],
    ['og.redress', 'request id or a receipt', (junk) => og.redress(junk)],
    ['og.redress', '.node', (junk) => og.redress({ ...receipt, node: junk })],
    ['og.challenge', 'request id or a receipt', (junk) => og.challenge(junk)],
    ['og.collect', 'request id or a receipt', (junk) => og.collect(junk)],
    ['og.accept', 'request id or a receipt', (junk) => og.accept(junk)],
    ['og.recover', 'requestId', (junk) => og.recover(junk)],
    ['og.recover', 'onProof', (junk) => og.recover(requestId, junk)],
    ['og.bundle', 'requestId', (junk) => og.bundle(junk)],
    ['og.bundle', 'options', (junk) => og.bundle(requestId, junk)],
    ['og.bundle', 'options.secret', (junk) => og.bundle(requestId, { secret: junk })],
    ['og.bundle', 'options.node', (junk) => og.bundle(requestId, { node: junk })],
    ['og.equivocation', 'first', (junk) => og.equivocation(junk, signed)],
    ['og.equivocation', 'second.receipt', (junk) => og.equivocation(signed, { ...signed, receipt: junk })],
    ['og.settledInstead', 'first', (junk) => og.settledInstead(junk)],
    ['og.report', 'second', (junk) => og.report(signed, junk)],
    ['og.report', 'second.signature', (junk) => og.report(signed, { ...signed, signature: junk })],
    ['og.report', 'second.receipt.price', (junk) => og.report(signed, { ...signed, receipt: { ...receipt, price: junk } })],
    ['og.publish', 'what is published', (junk) => og.publish(junk)],
    ...(['name', 'files', 'card', 'royaltyBps', 'minRoyalty', 'parent', 'task', 'class', 'inputs'] as const).map(
      (name): Row => ['og.publish', name, (junk) => og.publish({ ...model, [name]: junk })],
    ),
    ['og.publish', 'files[0]', (junk) => og.publish({ ...model, files: [junk] })],
    ['og.publish', 'files[0].path', (junk) => og.publish({ ...model, files: [{ ...file, path: junk }] })],
    ['og.publish', 'files[0].bytes', (junk) => og.publish({ ...model, files: [{ ...file, bytes: junk }] })],
    ['og.models.search', 'text', (junk) => og.models.search(junk)],
    ['og.models.search', 'page', (junk) => og.models.search('', junk)],
    ['og.models.search', 'page.offset', (junk) => og.models.search('', { offset: junk })],
    ['og.models.search', 'page.limit', (junk) => og.models.search('', { limit: junk })],
    ['og.models.show', 'model', (junk) => og.models.show(junk)],
    ['og.models.pull', 'model', (junk) => og.models.pull(junk)],
    ['og.models.pull', 'options', (junk) => og.models.pull(NAME, junk)],
    ['og.models.pull', 'options.maxBytes', (junk) => og.models.pull(NAME, { maxBytes: junk })],
    ['og.models.unlist', 'model', (junk) => og.models.unlist(junk, account)],
    ['og.models.unlist', 'node', (junk) => og.models.unlist(NAME, junk)],
    ['og.receipts.get', 'requestId', (junk) => og.receipts.get(junk)],
    ['og.receipts.held', 'requestId', (junk) => og.receipts.held(junk)],
    ['og.wallet.wrap', 'amount', (junk) => og.wallet.wrap(junk)],
    ['og.wallet.unwrap', 'amount', (junk) => og.wallet.unwrap(junk)],
    ['og.wallet.transfer', 'to', (junk) => og.wallet.transfer(junk, 1n)],
    ['og.wallet.transfer', 'amount', (junk) => og.wallet.transfer(account, junk)],
    ['og.wallet.withdraw', 'to', (junk) => og.wallet.withdraw(junk)],
    ['og.chain.settled', 'paymentId', (junk) => og.chain.settled(junk)],
    ['og.chain.balance', 'account', (junk) => og.chain.balance(junk)],
    ['og.chain.price', 'modelId', (junk) => og.chain.price(account, junk, 0)],
    ['og.chain.price', 'unit', (junk) => og.chain.price(account, scene.modelId, junk)],
    ['og.chain.batch', 'sequence', (junk) => og.chain.batch(account, junk)],
    ['og.chain.names', 'page', (junk) => og.chain.names(junk)],
    ['og.chain.names', 'page.limit', (junk) => og.chain.names({ limit: junk })],
    ['og.chain.block', 'height', (junk) => og.chain.block(junk)],
    ['OpenGradient', 'what connect is given', (junk) => sdk.OpenGradient.connect(junk)],
    ...['network', 'rpcUrl', 'account', 'policy', 'stores', 'upload', 'ledger', 'book', 'fetch', 'nodeHttp', 'now', 'home', 'keep'].map(
      (name): Row => ['OpenGradient', name, (junk) => connect({ [name]: junk })],
    ),
    ...['level', 'maxPrice', 'maxPerDay', 'attestation', 'fresh'].map(
      (name): Row => ['OpenGradient', name, (junk) => connect({ policy: { ...policy, [name]: junk } })],
    ),
    ['chainDefinition', 'chainId', (junk) => sdk.chainDefinition(junk)],
    ['encodeBundle', 'bundle', (junk) => sdk.encodeBundle(junk)],
    ['formatOpg', 'amount', (junk) => sdk.formatOpg(junk)],
    ['opg', 'amount', (junk) => sdk.opg(junk)],
    ['parseNetworkFile', 'JSON', (junk) => sdk.parseNetworkFile(junk)],
    ['verify', 'policy', (junk) => sdk.verify(bundle, junk, og.chain.trust, 1)],
    ['verify', 'trust', (junk) => sdk.verify(bundle, presets.answer, junk, 1)],
    ['verify', 'now', (junk) => sdk.verify(bundle, presets.answer, og.chain.trust, junk)],
    ['privateKeyToAccount', 'private key', (junk) => sdk.privateKeyToAccount(junk)],
    ['memoryBook', 'limit', (junk) => sdk.memoryBook(junk)],
    ['manifestFor', 'what is published', (junk) => sdk.manifestFor(junk)],
    ['float16', 'values', (junk) => sdk.float16(junk)],
    ['fromFloat16', 'data', (junk) => sdk.fromFloat16(junk)],
    ['fileBook', 'folder', (junk) => sdk.fileBook(junk)],
    ['fileLedger', 'path', (junk) => sdk.fileLedger(junk)],
    ['findHome', 'home', (junk) => sdk.findHome(junk)],
    ['localAccount', 'home', (junk) => sdk.localAccount(junk)],
    ['localStore', 'home', (junk) => sdk.localStore(junk)],
    ['readNetworkFile', 'home', (junk) => sdk.readNetworkFile(junk, 'local')],
    ['readNetworkFile', 'network', (junk) => sdk.readNetworkFile(dir, junk)],
    ['pullModel', 'og', (junk) => sdk.pullModel(junk, NAME, pull)],
    ['pullModel', 'model', (junk) => sdk.pullModel(og, junk, pull)],
    ['pullModel', 'options', (junk) => sdk.pullModel(og, NAME, junk)],
    ...(['into', 'stores', 'maxBytes', 'signal', 'onFault'] as const).map(
      (name): Row => ['pullModel', `options.${name}`, (junk) => sdk.pullModel(og, NAME, { ...pull, [name]: junk })],
    ),
  ]
}

/** Wrong somewhere, each. Where a folder is asked for, the text is one. */
const junk = (): readonly unknown[] => [
  ...[undefined, null, true, Number.NaN, 1.5, -1, 7, -1n, 2n ** 300n, '', join(dir, '0x12')],
  ...[{}, [], [7], () => 1, new Uint8Array(3), Object.create(null), new Date(0)],
]

const SYNCHRONOUS =
  /^(?:[A-Za-z]+Definition|encodeBundle|formatOpg|opg|parse\w+|private\w+|memory\w+|manifestFor|\w*[fF]loat16|file\w+|findHome)$/

/** What a call says of an argument: nothing, or an error. Only what gives no promise may throw at once. */
async function saidOf([name, , call]: Row, junk: unknown): Promise<unknown> {
  let given: unknown
  try {
    given = call(junk as never)
  } catch (error) {
    return SYNCHRONOUS.test(name) ? error : new Error(`${name} threw instead of rejecting`, { cause: error })
  }
  return Promise.resolve(given).then(
    () => undefined,
    (error: unknown) => error,
  )
}

test('every call that there is, is in this table', () => {
  const named = new Set(rows.map(([name]) => name))
  const objects: [string, object][] = [
    ['', sdk],
    ['og.', og],
    ['og.models.', og.models],
    ['og.receipts.', og.receipts],
    ['og.wallet.', og.wallet],
  ]
  const takingNothing = ['og.receipts.list', 'og.wallet.balance', 'memoryLedger', 'OgError', 'isOgError']
  for (const [prefix, object] of objects)
    for (const [name, value] of Object.entries(object))
      if (typeof value === 'function' && !takingNothing.includes(prefix + name)) expect([...named]).toContain(prefix + name)
})

test('an argument of a type that is right nowhere is refused by its name', async () => {
  for (const row of rows) {
    const [name, field] = row
    const said = await saidOf(row, Symbol('x'))
    expect([name, said]).toEqual([name, expect.objectContaining({ name: 'OgError', message: expect.stringContaining(field) })])
  }
})

test('whatever an argument is, a call gives something, or an error of the family', async () => {
  for (const row of rows)
    for (const given of junk()) {
      const said = await saidOf(row, given)
      if (said !== undefined) expect([row[0], row[1], given, sdk.isOgError(said) || said]).toEqual([row[0], row[1], given, true])
    }
})

test('a wrong argument costs nothing', async () => {
  const before = await og.wallet.balance()
  const kept = (await og.receipts.list()).length
  for (const row of rows.filter(([name]) => name.startsWith('og.'))) await saidOf(row, Symbol('x'))
  expect([await og.wallet.balance(), (await og.receipts.list()).length]).toEqual([before, kept])
})
