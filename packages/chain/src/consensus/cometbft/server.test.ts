import { once } from 'node:events'
import { existsSync, linkSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parseAbciAddress } from './address.ts'
import type { AbciApplication } from './application.ts'
import { type Response, readResponse, writeRequest } from './envelope.ts'
import { FrameReader, frame } from './frame.ts'
import { type AbciServerOptions, startAbciServer } from './server.ts'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const nothing = () => ({})
const IDLE: AbciApplication = {
  info: nothing,
  initChain: nothing,
  query: nothing,
  checkTx: nothing,
  commit: nothing,
  listSnapshots: nothing,
  offerSnapshot: nothing,
  loadSnapshotChunk: nothing,
  applySnapshotChunk: nothing,
  prepareProposal: nothing,
  processProposal: nothing,
  extendVote: nothing,
  verifyVoteExtension: nothing,
  finalizeBlock: nothing,
  insertTx: nothing,
  reapTxs: nothing,
}

async function serve(application: Partial<AbciApplication>, options: Partial<AbciServerOptions> = {}) {
  const faults: string[] = []
  const server = await startAbciServer({
    address: 'tcp://127.0.0.1:0',
    application: { ...IDLE, ...application },
    onFault: ({ message }) => faults.push(message),
    ...options,
  })
  cleanups.push(() => server.close())
  return { server, faults }
}

/** The engine's end of a connection. */
class Client {
  readonly socket: Socket
  readonly #responses: Response[] = []
  #wake = () => {}
  closed = false

  constructor(address: string) {
    this.socket = connect(parseAbciAddress(address))
    const frames = new FrameReader()
    this.socket.on('data', (chunk) => {
      for (const message of frames.push(chunk)) this.#responses.push(readResponse(message))
      this.#wake()
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
    cleanups.push(() => void this.socket.destroy())
  }

  send(...messages: Uint8Array[]): void {
    this.socket.write(Buffer.concat(messages.map(frame)))
  }

  /** The next `count` answers, fewer if the connection ends first. */
  async answers(count: number): Promise<Response[]> {
    while (this.#responses.length < count && !this.closed) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#responses.splice(0, count)
  }

  async end(): Promise<void> {
    while (!this.closed) await new Promise<void>((resolve) => (this.#wake = resolve))
  }
}

const echo = (message: string) => writeRequest('echo', { message })
const query = (path: string) => writeRequest('query', { path })
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('the ABCI server', () => {
  it('answers in order, however long each answer takes', async () => {
    const { server } = await serve({
      async query({ path }) {
        await sleep(Number(path))
        return { log: path }
      },
    })
    const client = new Client(server.address)
    client.send(query('30'), echo('a'), query('1'), writeRequest('flush', {}), query('10'), echo('b'))
    const answers = await client.answers(6)
    expect(answers.map(({ method }) => method)).toEqual(['query', 'echo', 'query', 'flush', 'query', 'echo'])
    expect(answers.filter(({ method }) => method === 'query').map(({ value }) => 'log' in value && value.log)).toEqual(['30', '1', '10'])
  })

  it('keeps connections apart: one that waits holds up no other', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const { server } = await serve({
      async commit() {
        await held
        return { retainHeight: 7n }
      },
    })
    const [consensus, mempool] = [new Client(server.address), new Client(server.address)]
    consensus.send(writeRequest('commit', {}), echo('after'))
    mempool.send(echo('meanwhile'))
    expect(await mempool.answers(1)).toMatchObject([{ value: { message: 'meanwhile' } }])
    release()
    expect(await consensus.answers(2)).toMatchObject([{ value: { retainHeight: 7n } }, { value: { message: 'after' } }])
  })

  it('answers large messages to a reader that takes its time', async () => {
    const chunk = new Uint8Array(8 << 20).fill(3)
    const { server, faults } = await serve({ loadSnapshotChunk: () => ({ chunk }) })
    const client = new Client(server.address)
    client.socket.pause()
    client.send(...[0, 1, 2].map((index) => writeRequest('loadSnapshotChunk', { chunk: index })))
    await sleep(50)
    client.socket.resume()
    const answers = await client.answers(3)
    expect(answers.map(({ value }) => 'chunk' in value && value.chunk.length)).toEqual([8 << 20, 8 << 20, 8 << 20])
    expect(faults).toEqual([])
  })

  it('answers a failure of the application with an exception, ends that connection, and goes on with the others', async () => {
    const { server, faults } = await serve({
      checkTx() {
        throw new Error('out of luck')
      },
    })
    const [bad, good] = [new Client(server.address), new Client(server.address)]
    bad.send(echo('first'), writeRequest('checkTx', {}), echo('never'))
    expect(await bad.answers(3)).toMatchObject([
      { method: 'echo' },
      { method: 'exception', value: { error: 'The application failed: out of luck' } },
    ])
    await bad.end()
    expect(faults).toEqual(['The application failed: out of luck'])
    good.send(echo('still here'))
    expect(await good.answers(1)).toMatchObject([{ value: { message: 'still here' } }])
  })

  it('answers what is not ABCI with an exception and ends the connection', async () => {
    const { server, faults } = await serve({})
    const client = new Client(server.address)
    client.send(new Uint8Array([0x08, 0x01]))
    const [answer] = await client.answers(1)
    expect(answer).toMatchObject({ method: 'exception', value: { error: expect.stringContaining('wire type') } })
    await client.end()
    expect(faults).toHaveLength(1)
  })

  it('refuses a message over the limit by its length alone', async () => {
    const { server } = await serve({}, { maxMessageBytes: 1000 })
    const client = new Client(server.address)
    client.socket.write(new Uint8Array([0xe9, 0x07]))
    expect(await client.answers(1)).toMatchObject([{ method: 'exception', value: { error: expect.stringContaining('1000 bytes') } }])
    await client.end()
  })

  it('says nothing of an engine that was killed in the middle of a message', async () => {
    const { server, faults } = await serve({})
    const client = new Client(server.address)
    client.socket.write(new Uint8Array([0x40, 0x0a]))
    await sleep(20)
    client.socket.destroy()
    const next = new Client(server.address)
    next.send(echo('again'))
    expect(await next.answers(1)).toHaveLength(1)
    expect(faults).toEqual([])
  })

  it('takes no more connections than it was told', async () => {
    const { server } = await serve({}, { maxConnections: 1 })
    const first = new Client(server.address)
    first.send(echo('in'))
    await first.answers(1)
    const second = new Client(server.address)
    await second.end()
    expect(first.closed).toBe(false)
  })
})

describe('the unix socket', () => {
  function path(): string {
    const folder = mkdtempSync(join(tmpdir(), 'og-abci-'))
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
    return join(folder, 'abci.sock')
  }

  it('is for its owner only, and gone afterwards', async () => {
    const file = path()
    const { server } = await serve({}, { address: `unix://${file}` })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    await server.close()
    expect(existsSync(file)).toBe(false)
  })

  it('takes the place of one that a killed process left behind', async () => {
    const file = path()
    const dead = createServer().listen(`${file}.old`)
    await once(dead, 'listening')
    linkSync(`${file}.old`, file)
    dead.close()
    await once(dead, 'close')
    const { server } = await serve({}, { address: `unix://${file}` })
    const client = new Client(server.address)
    client.send(echo('here'))
    expect(await client.answers(1)).toHaveLength(1)
  })

  it('is not taken from a server that answers', async () => {
    const file = path()
    const other = createServer().listen(file)
    await once(other, 'listening')
    cleanups.push(() => void other.close())
    await expect(serve({}, { address: `unix://${file}` })).rejects.toThrow('EADDRINUSE')
  })
})

describe('the address', () => {
  it('is that of a unix socket or of a port', () => {
    expect(parseAbciAddress('unix:///run/abci.sock')).toEqual({ path: '/run/abci.sock' })
    expect(parseAbciAddress('tcp://127.0.0.1:26658')).toEqual({ host: '127.0.0.1', port: 26658 })
    expect(parseAbciAddress('tcp://[::1]:0')).toEqual({ host: '::1', port: 0 })
  })

  it.each(['', 'http://x', 'tcp://x', 'tcp://x:70000', 'tcp://a:b:1', 'unix://relative', `unix:///${'x'.repeat(103)}`])(
    'is not %j',
    (text) => {
      expect(() => parseAbciAddress(text)).toThrow('cannot be used')
    },
  )
})
