import { setImmediate } from 'node:timers/promises'
import { OgError } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { Share } from '../share.ts'
import { RpcError } from './codec/error.ts'
import { optional, required, uint64 } from './codec/params.ts'
import { createDispatcher } from './dispatcher.ts'
import { type Client, type MethodTable, method } from './method.ts'

const client: Client = { owner: 'test' }

function setUp() {
  const faults: unknown[] = []
  const calls: string[] = []
  const methods: MethodTable<{ greeting: string }> = {
    greet: method([], (context) => context.greeting),
    double: method([required(uint64), optional(uint64)], (_, [value]) => {
      calls.push(`double ${value}`)
      return `0x${(value * 2n).toString(16)}`
    }),
    nothing: method([], () => undefined),
    long: method([], () => 'x'.repeat(250)),
    revert: method([], () => {
      throw new RpcError(3, 'execution reverted', '0x1234')
    }),
    refuse: method([], () => {
      throw new OgError('CHAIN_TX_REJECTED', 'nonce too low', { details: { nonce: 1n } })
    }),
    corrupt: method([], () => {
      throw new OgError('CHAIN_DATA_CORRUPT', 'node 12 of /home/x is damaged')
    }),
    crash: method([], () => {
      throw new TypeError('secret path /home/x')
    }),
  }
  const dispatcher = createDispatcher({
    methods,
    context: { greeting: 'hello' },
    limits: { maxBatch: 3, maxResponseChars: 600 },
    onInternalError: (_, error) => faults.push(error),
  })
  const ask = async (body: unknown) => {
    const answer = await dispatcher.handle(typeof body === 'string' ? body : JSON.stringify(body), client)
    return answer === undefined ? undefined : JSON.parse(answer)
  }
  return { ask, faults, calls }
}

const request = (id: unknown, name: string, params?: unknown) => ({ jsonrpc: '2.0', id, method: name, params })

describe('one request', () => {
  it('is answered under its own id', async () => {
    const { ask } = setUp()
    expect(await ask(request(7, 'greet'))).toEqual({ jsonrpc: '2.0', id: 7, result: 'hello' })
    expect(await ask(request('a', 'double', ['0x4']))).toEqual({ jsonrpc: '2.0', id: 'a', result: '0x8' })
    expect(await ask(request(null, 'nothing'))).toEqual({ jsonrpc: '2.0', id: null, result: null })
  })

  it('is not answered when it is a notification, but is carried out', async () => {
    const { ask, calls } = setUp()
    expect(await ask({ jsonrpc: '2.0', method: 'double', params: ['0x1'] })).toBeUndefined()
    expect(await ask({ jsonrpc: '2.0', method: 'revert' })).toBeUndefined()
    expect(calls).toEqual(['double 1'])
  })

  it.each([
    ['{', -32700],
    ['', -32700],
    ['['.repeat(100_000), -32700],
    ['1', -32600],
    ['null', -32600],
    ['{"jsonrpc":"1.0","id":1,"method":"greet"}', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"greet"}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":5}', -32600],
    ['[]', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"toString"}', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"__proto__"}', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"double"}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"double","params":{"value":"0x1"}}', -32602],
  ])('is refused by its code: %s', async (body, code) => {
    expect((await setUp().ask(body)).error.code).toBe(code)
  })

  it('keeps the code and data of a revert', async () => {
    expect((await setUp().ask(request(1, 'revert'))).error).toEqual({ code: 3, message: 'execution reverted', data: '0x1234' })
  })

  it('passes on our own errors with their code and hides everything else', async () => {
    const { ask, faults } = setUp()
    expect((await ask(request(1, 'refuse'))).error).toMatchObject({
      code: -32000,
      message: 'nonce too low',
      data: { code: 'CHAIN_TX_REJECTED', details: { nonce: '1' } },
    })
    expect(faults).toEqual([])
    expect((await ask(request(1, 'crash'))).error).toEqual({ code: -32603, message: 'internal error' })
    expect((await ask(request(1, 'corrupt'))).error).toEqual({ code: -32603, message: 'internal error' })
    expect(faults).toHaveLength(2)
  })
})

describe('lists and objects inside each other', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

  it('are read 64 deep and no deeper, before a method sees them', async () => {
    const { ask, faults } = setUp()
    const asked = (params: string) => ask(`{"jsonrpc":"2.0","id":"[{","method":"double","params":${params}}`)
    expect((await asked(nested(63))).error.code).toBe(-32602)
    for (const depth of [64, 20_000]) {
      expect(await asked(nested(depth))).toMatchObject({
        id: '[{',
        error: { code: -32600, message: expect.stringContaining('at most 64') },
      })
    }
    expect((await ask(nested(100_000))).error.code).toBe(-32600)
    expect(faults).toEqual([])
  })
})

describe('a batch', () => {
  it('is answered in order, notifications left out', async () => {
    const { ask } = setUp()
    const answers = await ask([request(1, 'greet'), { jsonrpc: '2.0', method: 'greet' }, request(2, 'missing')])
    expect(answers.map((answer: { id: unknown }) => answer.id)).toEqual([1, 2])
    expect(await ask([{ jsonrpc: '2.0', method: 'greet' }])).toBeUndefined()
    expect((await ask([1]))[0].error.code).toBe(-32600)
  })

  it('of more calls than allowed fails each call by its own id and runs none', async () => {
    const { ask, calls } = setUp()
    const answers = await ask([1, 2, 3, 4].map((id) => request(id, 'double', ['0x1'])))
    expect(answers).toHaveLength(4)
    expect(answers[3]).toMatchObject({ id: 4, error: { code: -32600, message: expect.stringContaining('at most 3') } })
    expect(calls).toEqual([])
    expect((await ask(Array(1_001).fill(1))).error.code).toBe(-32600)
  })

  it('stops answering once the answers are too large together', async () => {
    const { ask } = setUp()
    const answers = await ask([request(1, 'long'), request(2, 'long'), request(3, 'long')])
    expect(answers.map((answer: { result?: string; error?: { code: number } }) => answer.error?.code ?? 'fine')).toEqual([
      'fine',
      'fine',
      -32005,
    ])
  })

  it('tells what was carried out where that takes no more than to refuse it', async () => {
    const { ask, calls } = setUp()
    const [, , third] = await ask([request(1, 'long'), request(2, 'long'), request(3, 'double', ['0x4'])])
    expect(calls).toEqual(['double 4'])
    expect(third).toEqual({ jsonrpc: '2.0', id: 3, result: '0x8' })
  })
})

it('batches of many clients at once take no more of a turn of the thread than one: in between, blocks have theirs', async () => {
  let time = 0
  let turn = 0
  const answeredIn = new Map<number, number>()
  const methods: MethodTable<undefined> = {
    dear: method([], () => {
      time += 6
      answeredIn.set(turn, (answeredIn.get(turn) ?? 0) + 1)
      return 'x'.repeat(100)
    }),
  }
  const pause = async () => {
    await setImmediate()
  }
  const dispatcher = createDispatcher({
    methods,
    context: undefined,
    limits: { maxBatch: 100, maxResponseChars: 1e6 },
    share: new Share({ now: () => time, pause }),
    onInternalError: () => undefined,
  })
  const batch = JSON.stringify(Array.from({ length: 20 }, (_, id) => request(id, 'dear', [])))
  const counting = { on: true }
  const others = async () => {
    for (; counting.on; turn++) await setImmediate()
  }
  void others()
  const answers = await Promise.all(Array.from({ length: 30 }, () => dispatcher.handle(batch, client)))
  counting.on = false
  expect(answers.every((answer) => (JSON.parse(answer!) as unknown[]).length === 20)).toBe(true)
  expect([...answeredIn.values()].reduce((sum, count) => sum + count, 0)).toBe(600)
  // The second begins before ten milliseconds are over.
  expect(Math.max(...answeredIn.values())).toBe(2)
})
