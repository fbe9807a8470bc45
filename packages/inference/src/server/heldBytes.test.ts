import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { attribute, doubler, floats, graph, model, node, TYPE, value } from '../onnx/writer.testkit.ts'
import { folderOf } from './folderSource.testkit.ts'
import { serve, type TestServer } from './server.testkit.ts'

const MEBIBYTE = 2 ** 20

/** A connection to the server, and what the server has of it. */
async function caller(server: TestServer): Promise<{ socket: Socket; taken: Socket }> {
  const taken = once(server.app.server, 'connection') as Promise<[Socket]>
  const socket = connect(server.port, '127.0.0.1').on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  return { socket, taken: (await taken)[0] }
}

const headOf = (path: string, length: number): string =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`

it('of callers whose bodies come at the same time and are too much together, the one that holds most is disconnected', async () => {
  const folder = folderOf(doubler(1))
  const path = `/v2/models/${folder.modelId}/infer`
  const server = await serve({ 'a/b': folder }, { maxHeldBytes: 3.5 * MEBIBYTE })
  const body = JSON.stringify({ inputs: [{ name: 'x', shape: [1, 1], datatype: 'FP32', data: [21] }] })
  const [a, greedy, c] = [await caller(server), await caller(server), await caller(server)]
  const ended = once(greedy.taken, 'close')
  for (const { socket } of [a, c]) socket.write(`${headOf(path, MEBIBYTE + body.length)}${' '.repeat(MEBIBYTE)}`)
  greedy.socket.write(`${headOf(path, 3 * MEBIBYTE)}${' '.repeat(2 * MEBIBYTE)}`)
  await ended
  // What it held is free again, and the others are answered.
  for (const { socket } of [a, c]) {
    socket.write(body)
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 200 /)
  }
  for (let i = 0; i < 5; i++) {
    const answer = await server.ask('POST', path, { body: ' '.repeat(2 * MEBIBYTE) + body })
    expect(answer.json.outputs[0]?.data).toEqual([42])
  }
})

it('of bodies of which a first piece came and no other, those pieces count', async () => {
  const folder = folderOf(doubler(1))
  const server = await serve({ 'a/b': folder }, { maxHeldBytes: 100_000 })
  const ended: unknown[] = []
  for (let i = 0; i < 4; i++) {
    const { socket, taken } = await caller(server)
    taken.on('close', () => ended.push(i))
    socket.write(`${headOf(`/v2/models/${folder.modelId}/infer`, MEBIBYTE)}${' '.repeat(30_000)}`)
  }
  await expect.poll(() => ended.length).toBe(1)
})

/** A model that answers with as many ones as it is asked for. */
const ones = folderOf(
  model(
    graph({
      nodes: [node('ConstantOfShape', ['count'], ['ones'], [attribute.tensor('value', floats('', [1]))])],
      inputs: [value('count', TYPE.INT64, [1])],
      outputs: [value('ones', TYPE.FLOAT, ['n'])],
    }),
  ),
)
const ONES = `/v2/models/${ones.modelId}/infer`
const ask = (count: number): string => {
  const body = JSON.stringify({
    inputs: [{ name: 'count', shape: [1], datatype: 'INT64', data: [count] }],
    parameters: { binary_data_output: true },
  })
  return headOf(ONES, body.length) + body
}

it('of callers who take nothing of their answers, the one that holds most is disconnected when that is too much', async () => {
  const server = await serve({ 'a/ones': ones }, { maxHeldBytes: 24 * MEBIBYTE })
  let ended = 0
  for (let asked = 0; ended === 0; asked++) {
    expect(asked).toBeLessThan(8)
    const { socket, taken } = await caller(server)
    taken.on('close', () => ended++)
    socket.pause()
    socket.write(ask(4 * MEBIBYTE))
    await expect.poll(() => taken.writableLength > 0 || ended > 0).toBe(true)
  }
  const { socket } = await caller(server)
  socket.write(ask(1))
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 200 /)
})

it('a caller who takes nothing of an answer is disconnected in the end', async () => {
  const server = await serve({ 'a/ones': ones }, { silenceMs: 3_000 })
  // A model that has to be loaded first may answer later than silence lasts.
  await (await server.registry.find(ones.modelId, undefined)).scheduled.warm()
  const { socket, taken } = await caller(server)
  const disconnected = once(taken, 'close')
  socket.pause()
  socket.write(ask(4 * MEBIBYTE))
  await disconnected
  // What the kernel held by then is there, and nothing of the rest.
  let received = 0
  const closed = once(socket, 'close')
  socket.on('data', (piece: Buffer) => {
    received += piece.length
  })
  socket.resume()
  await closed
  expect(received).toBeLessThan(4 * 4 * MEBIBYTE)
})

it('connections of one address that ask for nothing, or not in full, keep no other address out', async () => {
  const server = await serve({ 'a/ones': ones }, { maxConnections: 4 })
  const from = async (localAddress: string, text: string) => {
    const socket = connect({ port: server.port, host: '127.0.0.1', localAddress }).on('error', () => {})
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
    socket.write(text)
    return socket
  }
  const whole = ask(1)
  for (let held = 0; held < 6; held++) await from('127.0.0.1', whole.slice(0, held % 2 === 0 ? 10 : -1))
  const other = await from('127.0.0.2', whole)
  expect(String((await once(other, 'data'))[0])).toMatch(/^HTTP\/1.1 200 /)
})
