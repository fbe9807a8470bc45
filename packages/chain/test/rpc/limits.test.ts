import { once } from 'node:events'
import { type RequestOptions, request } from 'node:http'
import { connect } from 'node:net'
import { createPublicClient, type Hex, http } from 'viem'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { startTestNode, type TestNode } from './node.testkit.ts'

let node: TestNode
beforeAll(async () => {
  node = await startTestNode({
    limits: { maxBodyBytes: 20_000, maxLogRange: 50, maxFilters: 2, maxSubscriptions: 2, maxResponseChars: 100_000 },
  })
  for (let block = 0; block < 3; block += 1) await node.mine()
})
afterAll(() => node.close())

const call = (method: string, params: unknown[] = [], id = 1) => ({ jsonrpc: '2.0', id, method, params })

/** A raw HTTP exchange, with headers that `fetch` would not let us set. */
function send(body: string, headers: Record<string, string> = {}, options: RequestOptions = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      node.url,
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, ...options },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () => resolve({ status: response.statusCode!, body: Buffer.concat(chunks).toString() }))
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
const ask = async (body: unknown) => JSON.parse((await send(JSON.stringify(body))).body)

describe('a batch', () => {
  it('of 100 calls is answered, of 101 refused call by call', async () => {
    const batch = (length: number) => Array.from({ length }, (_, id) => call('eth_chainId', [], id))
    const full = await ask(batch(100))
    expect(full).toHaveLength(100)
    expect(full.every((answer: { result: string }) => answer.result === `0x${node.viemChain.id.toString(16)}`)).toBe(true)
    const over = await ask(batch(101))
    expect(over).toHaveLength(101)
    expect(over.every((answer: { error: { code: number } }) => answer.error.code === -32600)).toBe(true)
  })

  it('of viem works at 100 and explains itself at 101', async () => {
    const balances = (count: number) => {
      const client = createPublicClient({
        chain: node.viemChain,
        transport: http(node.url, { batch: { batchSize: count, wait: 10 }, retryCount: 0 }),
      })
      const addresses = Array.from({ length: count }, (_, index): Hex => `0x${(0xffff + index).toString(16).padStart(40, '0')}`)
      return Promise.all(addresses.map((address) => client.getBalance({ address })))
    }
    expect(await balances(100)).toEqual(Array(100).fill(0n))
    await expect(balances(101)).rejects.toThrow(/batch too large: 101 calls, at most 100/)
  })
})

describe('the door', () => {
  it('is closed to web pages of other origins and to names that are not ours', async () => {
    const body = JSON.stringify(call('eth_chainId'))
    expect((await send(body)).status).toBe(200)
    expect((await send(body, { host: 'evil.example' })).status).toBe(403)
    expect((await send(body, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await send(body, { origin: 'null' })).status).toBe(403)
    expect((await send(body, { 'content-type': 'text/plain' })).status).toBe(415)
    expect(JSON.parse((await send(body, { 'content-type': 'text/plain' })).body).error.message).toContain('application/json')
    expect((await send('', {}, { method: 'GET' })).status).toBe(405)
    expect((await send(body, {}, { path: '/admin' })).status).toBe(404)
  })

  it('is closed to WebSockets of other origins too', async () => {
    const outcome = (headers: Record<string, string>) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(node.webSocketUrl, { headers })
        socket.on('open', () => {
          socket.close()
          resolve('open')
        })
        socket.on('error', (error) => resolve(error.message))
      })
    expect(await outcome({})).toBe('open')
    expect(await outcome({ origin: 'https://evil.example' })).toContain('403')
    expect(await outcome({ host: 'evil.example' })).toContain('403')
  })

  it('takes bodies up to its limit', async () => {
    const padded = (length: number) => JSON.stringify(call('eth_chainId')).padEnd(length)
    expect((await send(padded(20_000))).status).toBe(200)
    const over = await send(padded(20_001))
    expect([over.status, JSON.parse(over.body).error.message]).toEqual([413, 'the body is larger than 20000 bytes; send smaller batches'])
    expect((await send(padded(20_001), { 'transfer-encoding': 'chunked' })).status).toBe(413)
  })

  it('tells even a client that is still sending why it is refused', async () => {
    const response = await fetch(node.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: ' '.repeat(4_000_000) })
    expect([response.status, ((await response.json()) as { error: { message: string } }).error.message]).toEqual([
      413,
      expect.stringContaining('20000 bytes'),
    ])
  })

  it('answers nothing to a notification', async () => {
    expect(await send('{"jsonrpc":"2.0","method":"eth_chainId"}')).toEqual({ status: 204, body: '' })
  })
})

it('a taken port is named, with what to do', async () => {
  await expect(startTestNode({ port: node.port })).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: expect.stringContaining(String(node.port)),
  })
})

describe('limits', () => {
  it('of a log query are told in the error', async () => {
    const logs = (fromBlock: string, toBlock: string) => ask(call('eth_getLogs', [{ fromBlock, toBlock }]))
    expect(await logs('0x0', '0x2')).toMatchObject({ result: [] })
    expect((await logs('0x2', '0x1')).error).toMatchObject({ code: -32602, message: 'invalid block range params' })
    expect((await logs('0x0', '0xffff')).error).toMatchObject({ code: -32602, message: 'block range extends beyond current head block' })
    while (Number((await ask(call('eth_blockNumber'))).result) < 51) await node.mine()
    expect((await logs('0x1', '0x32')).result).toEqual([])
    expect((await logs('0x1', '0x33')).error).toMatchObject({ code: -32005, message: expect.stringContaining('at most 50 at once') })
  })

  it('of filters hold for each connection and for HTTP as a whole', async () => {
    const made: string[] = []
    for (let count = 0; count < 20; count += 1) made.push((await ask(call('eth_newBlockFilter'))).result)
    expect((await ask(call('eth_newBlockFilter'))).error).toMatchObject({ code: -32005, message: expect.stringContaining('at most 20') })
    expect((await ask(call('eth_uninstallFilter', [made[0]]))).result).toBe(true)
    expect((await ask(call('eth_uninstallFilter', [made[0]]))).result).toBe(false)
    expect((await ask(call('eth_newBlockFilter'))).result).toMatch(/^0x[0-9a-f]{32}$/)
    expect((await ask(call('eth_getFilterChanges', [made[0]]))).error).toEqual({ code: -32000, message: 'filter not found' })
  })

  it('of subscriptions hold for each connection, and HTTP has none', async () => {
    expect((await ask(call('eth_subscribe', ['newHeads']))).error).toMatchObject({
      code: -32000,
      message: expect.stringContaining('WebSocket'),
    })
    const socket = new WebSocket(node.webSocketUrl)
    const answers: { id?: number; error?: { code: number } }[] = []
    socket.on('message', (text) => answers.push(JSON.parse(text.toString())))
    await new Promise((resolve) => socket.on('open', resolve))
    for (let id = 1; id <= 3; id += 1) socket.send(JSON.stringify(call('eth_subscribe', ['logs', {}], id)))
    await expect
      .poll(() => answers.map(({ id, error }) => [id, error?.code]))
      .toEqual([
        [1, undefined],
        [2, undefined],
        [3, -32005],
      ])
    socket.send(JSON.stringify(call('eth_subscribe', [{ toString: 1 }], 4)))
    await expect.poll(() => answers.at(-1)).toMatchObject({ id: 4, error: { code: -32602 } })
    socket.close()
  })

  it('of memory count what filters and subscriptions are about', async () => {
    const small = await startTestNode({ limits: { maxHeldBytes: 1_000_000 } })
    try {
      const address = Array.from({ length: 1_000 }, (_, index): Hex => `0x${index.toString(16).padStart(40, '0')}`)
      const [modest, greedy] = [new WebSocket(small.webSocketUrl), new WebSocket(small.webSocketUrl)]
      const heard: unknown[] = []
      modest.on('message', (text) => heard.push(JSON.parse(text.toString()).id))
      await Promise.all([modest, greedy].map((socket) => once(socket, 'open')))
      modest.send(JSON.stringify(call('eth_subscribe', ['logs', { address }], 1)))
      await expect.poll(() => heard).toEqual([1])
      const ended = once(greedy, 'close')
      for (let id = 0; id < 10; id += 1) greedy.send(JSON.stringify(call('eth_subscribe', ['logs', { address }], id)))
      expect((await ended)[0]).toBe(1006)

      const post = async (method: string, params: unknown[]) =>
        (
          await fetch(small.url, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(call(method, params)),
          })
        ).json() as Promise<{ result: unknown; error?: { message: string } }>
      const first = (await post('eth_newFilter', [{ address }])).result
      expect((await post('eth_getFilterChanges', [first])).result).toEqual([])
      for (let count = 0; count < 4; count += 1) await post('eth_newFilter', [{ address }])
      expect((await post('eth_getFilterChanges', [first])).error?.message).toBe('filter not found')
      const next = (await post('eth_newFilter', [{ address }])).result
      expect((await post('eth_getFilterChanges', [next])).result).toEqual([])

      modest.send(JSON.stringify(call('eth_chainId', [], 2)))
      await expect.poll(() => heard).toEqual([1, 2])
      modest.terminate()
    } finally {
      await small.close()
    }
  })

  it('of an answer turn into an error, and the methods of development nodes are unknown', async () => {
    const answers = await ask(Array.from({ length: 100 }, (_, id) => call('eth_getBlockByNumber', ['latest', true], id)))
    expect(answers[0].result.number).toMatch(/^0x/)
    expect(answers.at(-1).error).toMatchObject({ code: -32005, message: expect.stringContaining('response too large') })
    expect((await ask(call('evm_snapshot'))).error.code).toBe(-32601)
    expect((await ask(call('eth_getBalance', ['0x1']))).error.code).toBe(-32602)
  })
})

describe('connections of one address', () => {
  it('that ask for nothing keep no other address out', async () => {
    const small = await startTestNode({ limits: { maxConnections: 2 } })
    onTestFinished(() => small.close())
    const port = Number(new URL(small.url).port)
    for (let held = 0; held < 6; held += 1) {
      const idle = connect({ port, host: '127.0.0.1' }).on('error', () => {})
      onTestFinished(() => void idle.destroy())
      await once(idle, 'connect')
    }
    const other = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' })
    onTestFinished(() => void other.destroy())
    const body = JSON.stringify(call('eth_chainId'))
    other.write(
      `POST / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    expect(String((await once(other, 'data'))[0])).toContain('200 OK')
  })
})
