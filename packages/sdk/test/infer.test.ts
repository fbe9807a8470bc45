import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Address, encodeBundle, hexToBytes, parseBundle, presets, requestIdOf, trustOf } from '@opengradient/protocol'
import { verify } from '@opengradient/verifier'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { memoryLedger, type OpenGradient, opg, pullModel } from '../src/node/index.ts'
import { eventually, INPUT, NAME, PRICE, type Scene, startScene, volatility } from './scene.testkit.ts'

let scene: Scene
let og: OpenGradient
beforeAll(async () => {
  scene = await startScene()
  og = await scene.connect()
})
afterAll(() => scene?.close())
const refusal = (code: string) => expect.objectContaining({ name: 'OgError', code })
const now = () => Number(scene.net.chain.head().block.header.timestamp)

test('a model is asked by name: outputs, receipt, a passed verdict, and a bundle that verifies offline', async () => {
  const before = await og.wallet.balance()
  const { outputs, receipt, verdict, bundle, requestId, secret } = await og.infer(NAME, { input: INPUT })
  expect(outputs.output).toMatchObject({ datatype: 'FP32', shape: [1, 1] })
  expect(outputs.output?.data[0]).toBeGreaterThan(0)
  expect(receipt).toMatchObject({ price: PRICE, modelId: scene.modelId, node: scene.node, requestId })
  expect(verdict).toMatchObject({ ok: true, level: 'signature' })
  expect(requestIdOf(hexToBytes(secret))).toBe(requestId)
  const again = parseBundle(encodeBundle(bundle))
  expect((await verify(again, presets.answer, trustOf(scene.net.network), now())).ok).toBe(true)
  const settled = await eventually(async () => (await og.receipts.get(requestId))?.settledFor, 'settled')
  expect(settled).toMatch(/^0x/)
  expect((await og.wallet.balance()).wopg).toBe(before.wopg - PRICE)
})

test('the same model by its id, several rows at once, nested values, and a second model by name', async () => {
  const rows = Array.from({ length: 3 }, () => [...INPUT])
  const { outputs } = await og.infer(scene.modelId, { input: rows })
  expect(outputs.output?.shape).toEqual([3, 1])
})

test('what was settled and anchored later is in the bundle, and proves more', async () => {
  const { requestId } = await og.infer(NAME, { input: INPUT })
  const { bundle, verdict, bytes } = await eventually(async () => {
    const found = await og.bundle(requestId)
    return found.bundle.inclusion && found.verdict.checks.find(({ id }) => id === 'payment.settled')?.status === 'pass' && found
  }, 'anchored')
  expect(verdict.ok).toBe(true)
  expect(Object.fromEntries(verdict.checks.map(({ id, status }) => [id, status]))).toMatchObject({
    inclusion: 'pass',
    finality: 'pass',
    'request.fresh': 'pass',
  })
  expect(parseBundle(bytes)).toEqual(bundle)
  expect((await verify(bytes, presets.settled, trustOf(scene.net.network), now())).ok).toBe(true)
})

test('another application with id and secret gets the bundle from the node', async () => {
  const { requestId, secret } = await og.infer(NAME, { input: INPUT })
  const other = await scene.connect()
  const { bundle } = await other.bundle(requestId, { secret, node: scene.node })
  expect(bundle.receipt.requestId).toBe(requestId)
  await expect(other.bundle(requestId)).rejects.toThrow(refusal('NODE_REQUEST_UNKNOWN'))
  await expect(other.bundle(requestId, { secret: `0x${'11'.repeat(32)}`, node: scene.node })).rejects.toThrow(
    refusal('REQUEST_SECRET_INVALID'),
  )
})

test('inputs that do not fit the manifest are refused before anything is paid or sent', async () => {
  scene.liar.asked.length = 0
  await expect(og.infer(NAME, {})).rejects.toThrow(refusal('INPUT_MISSING'))
  await expect(og.infer(NAME, { input: INPUT, x: [1] })).rejects.toThrow(refusal('INPUT_UNKNOWN'))
  await expect(og.infer(NAME, { input: INPUT.subarray(1) })).rejects.toThrow(refusal('INPUT_SIZE'))
  await expect(og.infer(NAME, { input: Float64Array.from(INPUT) })).rejects.toThrow(refusal('INPUT_DATATYPE'))
  expect(scene.liar.asked).toEqual([])
})

test('unknown and withdrawn models are refused by name', async () => {
  await expect(og.infer('alice/nothing', {})).rejects.toThrow(refusal('MODEL_NOT_FOUND'))
  await expect(og.infer(`0x${'11'.repeat(32)}`, {})).rejects.toThrow(refusal('MODEL_NOT_FOUND'))
  await expect(og.infer('Alice/x', {})).rejects.toThrow(refusal('MODEL_NAME_INVALID'))
})

test('a price above the maximum, and a budget that is used up, are refused before anything is sent', async () => {
  const ledger = memoryLedger()
  const tight = await scene.connect({ policy: { level: 'signature', maxPrice: PRICE - 1n }, ledger })
  const daily = await scene.connect({ policy: { level: 'signature', maxPrice: PRICE, maxPerDay: 2n * PRICE } })
  scene.liar.asked.length = 0
  await expect(tight.infer(NAME, { input: INPUT })).rejects.toThrow(refusal('POLICY_PRICE_EXCEEDED'))
  await expect(og.infer(NAME, { input: INPUT }, { maxPrice: 1n })).rejects.toThrow(refusal('POLICY_PRICE_EXCEEDED'))
  expect(scene.liar.asked).toEqual([])
  await daily.infer(NAME, { input: INPUT })
  await daily.infer(NAME, { input: INPUT })
  await expect(daily.infer(NAME, { input: INPUT })).rejects.toThrow(refusal('POLICY_BUDGET_EXCEEDED'))
  expect((await daily.wallet.balance()).spentToday).toBe(2n * PRICE)
})

test('an account without WOPG is told to wrap, before anything is sent', async () => {
  const poor = await scene.connect({ account: scene.net.accountOf(5) })
  scene.liar.asked.length = 0
  await expect(poor.infer(NAME, { input: INPUT })).rejects.toThrow(refusal('PAYMENT_INSUFFICIENT_BALANCE'))
  expect(scene.liar.asked).toEqual([])
  await poor.wallet.wrap(opg('1'))
  expect((await poor.infer(NAME, { input: INPUT })).verdict.ok).toBe(true)
})

test('without an account a paid model cannot be asked, and reading works', async () => {
  const reader = await scene.connect({ account: undefined as never })
  await expect(reader.infer(NAME, { input: INPUT })).rejects.toThrow(refusal('CONFIG_MISSING'))
  expect((await reader.models.show(NAME)).manifest.task).toBe('volatility')
  expect(() => reader.wallet.address).toThrow(refusal('CONFIG_MISSING'))
})

test('an account that signs payments and no transactions asks models, and is told what writing needs', async () => {
  const { address, signTypedData } = scene.net.accountOf(0)
  const paying = await scene.connect({ account: { address, signTypedData } as never })
  expect((await paying.infer(NAME, { input: INPUT })).verdict.ok).toBe(true)
  const told = expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('signTransaction') })
  await expect(paying.wallet.wrap(1n)).rejects.toThrow(told)
})

test('a level that there is not is refused', async () => {
  await expect(scene.connect({ policy: { level: 'hardware' as 'signature', maxPrice: 1n } })).rejects.toThrow(refusal('POLICY_LEVEL_UNMET'))
})

test('many requests of one payer at once all get their own answer', async () => {
  const busy = await scene.connect()
  const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => busy.infer(NAME, { input: INPUT.map((x) => x + i / 10) })))
  expect(new Set(answers.map(({ requestId }) => requestId)).size).toBe(6)
  expect(new Set(answers.map(({ outputs }) => outputs.output?.data[0])).size).toBe(6)
})

test('models are searched, shown and pulled, in memory and to disk', async () => {
  expect(await og.models.search('VOLA')).toEqual([
    expect.objectContaining({ name: NAME, modelId: scene.modelId, version: 1, withdrawn: false }),
  ])
  expect(await og.models.search('nothing like it')).toEqual([])
  const shown = await og.models.show(NAME)
  expect(shown).toMatchObject({ modelId: scene.modelId, versions: [{ version: 1 }], card: expect.stringContaining('# Volatility') })
  expect(shown.offers).toEqual([expect.objectContaining({ node: scene.node, price: PRICE, endpoint: scene.liar.url })])
  const published = (await volatility()).files[0]?.bytes as Uint8Array
  expect((await og.models.pull(NAME)).files[0]?.bytes).toEqual(published)
  const into = await mkdtemp(join(tmpdir(), 'og-pull-'))
  onTestFinished(() => rm(into, { recursive: true, force: true }))
  await pullModel(og, NAME, { into, stores: [scene.store.url] })
  expect(new Uint8Array(await readFile(join(into, 'model.onnx')))).toEqual(published)
  await expect(og.models.pull(NAME, { maxBytes: 10 })).rejects.toThrow(refusal('MODEL_INVALID'))
})

test('publishing again gives the next version; another account cannot take the name; a wrong token stores nothing', async () => {
  const changed = { ...(await volatility('alice/second')), card: '# Second' }
  expect(await og.publish(changed)).toMatchObject({ version: 1 })
  expect(await og.publish({ ...changed, card: '# Second, better' })).toMatchObject({ version: 2 })
  const mallory = await scene.connect({ account: scene.net.accountOf(6) })
  await expect(mallory.publish(changed)).rejects.toThrow(refusal('MODEL_NAME_TAKEN'))
  const thief = await scene.connect({ upload: { url: scene.store.url, token: 'wrong' } })
  await expect(thief.publish({ ...changed, card: '# Never stored' })).rejects.toThrow(refusal('HTTP_UNAUTHORIZED'))
  await expect(og.publish({ ...changed, task: 'Not A Task' })).rejects.toThrow(refusal('MANIFEST_MALFORMED'))
})

test('requests are listed newest first, without their bodies', async () => {
  const { requestId } = await og.infer(NAME, { input: INPUT })
  const [newest] = await og.receipts.list()
  expect(newest).toMatchObject({ requestId, state: 'answered', model: NAME, price: PRICE, node: scene.node as Address })
  expect(newest).not.toHaveProperty('bundle')
})
