import type { Http } from '@opengradient/client'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type AnswerBook, memoryBook, memoryLedger, type OgError, type OpenGradient, opg, pullModel } from '../src/node/index.ts'
import { INPUT, NAME, PRICE, type Scene, startScene } from './scene.testkit.ts'

// What an application gives the SDK may never answer, and look at no signal: a call ends all the same, and says the truth about its money.

let scene: Scene
beforeAll(async () => {
  scene = await startScene()
  await (await scene.connect()).infer(NAME, { input: INPUT })
})
afterEach(() => {
  for (const end of ends.splice(0)) end()
})
afterAll(() => scene?.close())

const ends: (() => void)[] = []
/** Nobody answers any more, from when `deaf` is set until the test is over. */
const mute = () => {
  const state = { deaf: false }
  const over = new Promise<void>((resolve) => ends.push(resolve))
  return Object.assign(state, { heard: async () => void (state.deaf && (await over)) })
}
const failure = (call: Promise<unknown>): Promise<OgError> =>
  call.then(
    () => expect.unreachable(),
    (thrown: OgError) => thrown,
  )
const spent = async (client: OpenGradient) => (await client.wallet.balance()).spentToday
const books = async (client: OpenGradient) => (await client.receipts.list()).map(({ state }) => state)
const isInfer = (url: unknown) => String(url).endsWith('/infer')
/** A wallet that never says what its owner was asked. */
const undecided = () => {
  const quiet = mute()
  quiet.deaf = true
  const real = scene.net.accountOf(0)
  const signed: unknown[] = []
  const signTypedData: typeof real.signTypedData = async (data) => {
    signed.push(data)
    await quiet.heard()
    return real.signTypedData(data)
  }
  const account = { ...real, signTypedData }
  return { account, signed }
}

test.each(['ends', 'is left'])(
  'a fetch for chain and stores that never answers: a call that %s paid nothing, and the next one is asked anew',
  async (how) => {
    const quiet = mute()
    const client = await scene.connect({ fetch: (...args) => quiet.heard().then(() => fetch(...args)) })
    quiet.deaf = true
    const leaving = new AbortController()
    const call = failure(client.infer(NAME, { input: INPUT }, how === 'ends' ? { timeoutMs: 300 } : { signal: leaving.signal }))
    leaving.abort(new Error('left'))
    expect(await call).toMatchObject(how === 'ends' ? { code: 'CHAIN_UNREACHABLE' } : { message: 'left' })
    quiet.deaf = false
    for (const end of ends.splice(0)) end()
    expect([await books(client), await spent(client)]).toEqual([[], 0n])
    expect((await client.infer(NAME, { input: INPUT })).verdict.ok).toBe(true)
  },
)

test.each(['ends', 'is left'])(
  'what sends to nodes never answers: of a call that %s the payment stays counted, and the answer is recovered',
  async (how) => {
    const quiet = mute()
    // The node has the request, and the answer goes nowhere.
    const nodeHttp: Http = async (url, { method = 'GET', headers = {}, body }) => {
      const reply = await fetch(url, { method, headers, ...(body ? { body: body as Uint8Array<ArrayBuffer> } : {}) })
      const whole = { status: reply.status, headers: reply.headers, body: new Uint8Array(await reply.arrayBuffer()) }
      if (isInfer(url)) await quiet.heard()
      return whole
    }
    const client = await scene.connect({ nodeHttp })
    quiet.deaf = true
    const leaving = new AbortController()
    const asked = scene.liar.asked.length
    const call = failure(client.infer(NAME, { input: INPUT }, how === 'ends' ? { timeoutMs: 1_500 } : { signal: leaving.signal }))
    if (how === 'is left') {
      await expect.poll(() => scene.liar.asked.slice(asked).filter((line) => line.startsWith('POST')).length, { timeout: 30_000 }).toBe(1)
      leaving.abort(new Error('left'))
    }
    const error = await call
    expect(error).toMatchObject(
      how === 'ends' ? { code: 'NODE_UNREACHABLE', message: expect.stringContaining('og.recover(') } : { message: 'left' },
    )
    expect([await books(client), await spent(client)]).toEqual([['sent'], PRICE])
    const requestId = (await client.receipts.list())[0]!.requestId
    if (how === 'ends') expect(error.details.requestId).toBe(requestId)
    expect(await client.recover(requestId)).toMatchObject({ receipt: { price: PRICE } })
    expect([await books(client), await spent(client)]).toEqual([['answered'], PRICE])
  },
)

test.each(['ends', 'is left'])(
  'a wallet that never says yes: a call that %s sent nothing and promises nothing, also when the yes comes later',
  async (how) => {
    const { account, signed } = undecided()
    const client = await scene.connect({ account })
    scene.liar.asked.length = 0
    const leaving = new AbortController()
    const call = failure(client.infer(NAME, { input: INPUT }, how === 'ends' ? { timeoutMs: 1_500 } : { signal: leaving.signal }))
    await expect.poll(() => signed.length, { timeout: 30_000 }).toBe(1)
    expect(await spent(client)).toBe(PRICE)
    leaving.abort(new Error('left'))
    expect(await call).toMatchObject(
      how === 'ends' ? { code: 'PAYMENT_NOT_SIGNED', message: expect.stringMatching(/nothing is paid.*timeoutMs/) } : { message: 'left' },
    )
    for (const end of ends.splice(0)) end()
    await expect.poll(() => spent(client)).toBe(0n)
    expect([await books(client), scene.liar.asked.filter((line) => line.startsWith('POST'))]).toEqual([[], []])
  },
)

test('a wallet that says no, and one that signs something else, cost nothing of the budget', async () => {
  const real = scene.net.accountOf(0)
  const saying = (signTypedData: () => Promise<unknown>) => ({
    account: { ...real, signTypedData: signTypedData as typeof real.signTypedData },
  })
  const refusing = await scene.connect(saying(() => Promise.reject(new Error('the user said no'))))
  await expect(refusing.infer(NAME, { input: INPUT })).rejects.toThrow('the user said no')
  expect([await books(refusing), await spent(refusing)]).toEqual([[], 0n])
  const stranger = scene.net.accountOf(1)
  const altered = (change: (signature: string) => string) => async (data: Parameters<typeof real.signTypedData>[0]) =>
    change(await real.signTypedData(data))
  const odds = [
    ...[undefined, '0x', `0x${'12'.repeat(64)}`, `0x${'12'.repeat(65)}`, `0x${'12'.repeat(96)}`, 7n].map((given) => async () => given),
    stranger.signTypedData,
    altered((signature) => signature.replace(/1b$/, '00').replace(/1c$/, '01')),
    altered((signature) => (signature.endsWith('1b') ? signature.replace(/1b$/, '1c') : signature.replace(/1c$/, '1b'))),
  ]
  for (const sign of odds) {
    const odd = await scene.connect(saying(sign as () => Promise<unknown>))
    await expect(odd.infer(NAME, { input: INPUT })).rejects.toThrow(expect.objectContaining({ code: 'PAYMENT_SIGNATURE_INVALID' }))
    expect([await books(odd), await spent(odd)]).toEqual([[], 0n])
  }
})

test('a book that cannot take the request: nothing is sent, and nothing stays promised', async () => {
  const broken: AnswerBook = { ...memoryBook(), put: () => Promise.reject(new Error('ENOSPC: no space left on device')) }
  const client = await scene.connect({ book: broken })
  scene.liar.asked.length = 0
  await expect(client.infer(NAME, { input: INPUT })).rejects.toThrow('ENOSPC')
  expect([scene.liar.asked.filter((line) => line.startsWith('POST')), await spent(client)]).toEqual([[], 0n])
})

test('a book that never answers holds up neither a call before it is sent, nor its caller when the answer is there', async () => {
  const quiet = mute()
  const kept = memoryBook()
  const slow = await scene.connect({ book: { ...kept, put: async () => quiet.heard() } })
  quiet.deaf = true
  scene.liar.asked.length = 0
  const late = failure(slow.infer(NAME, { input: INPUT }, { timeoutMs: 1_500 }))
  expect((await late).code).toBe('PAYMENT_NOT_SIGNED')
  expect([scene.liar.asked.filter((line) => line.startsWith('POST')), await spent(slow)]).toEqual([[], 0n])

  const leaving = new AbortController()
  const put: AnswerBook['put'] = async (entry) => {
    if (entry.state !== 'answered') return kept.put(entry)
    leaving.abort(new Error('left'))
    await quiet.heard()
  }
  const later = await scene.connect({ book: { ...kept, put } })
  expect(await failure(later.infer(NAME, { input: INPUT }, { signal: leaving.signal }))).toMatchObject({ message: 'left' })
  expect([await books(later), await spent(later)]).toEqual([['sent'], PRICE])
})

test('a ledger that never answers ends with its call, and what it takes later is given back', async () => {
  const quiet = mute()
  const kept = memoryLedger()
  const client = await scene.connect({ ledger: { ...kept, take: (...args) => quiet.heard().then(() => kept.take(...args)) } })
  quiet.deaf = true
  expect((await failure(client.infer(NAME, { input: INPUT }, { timeoutMs: 1_500, maxPrice: opg('0.01') }))).code).toBe('PAYMENT_NOT_SIGNED')
  for (const end of ends.splice(0)) end()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await spent(client)).toBe(0n)
})

test('a pull ends with its caller, also while the chain is silent and before a file is asked for', async () => {
  const quiet = mute()
  const client = await scene.connect({ fetch: (...args) => quiet.heard().then(() => fetch(...args)) })
  quiet.deaf = true
  const pull = (signal: AbortSignal) => pullModel(client, NAME, { into: '/nowhere', stores: [scene.store.url], signal })
  await expect(pull(AbortSignal.abort(new Error('left before')))).rejects.toThrow('left before')
  const leaving = new AbortController()
  const pulling = pull(leaving.signal)
  leaving.abort(new Error('left'))
  await expect(pulling).rejects.toThrow('left')
})
