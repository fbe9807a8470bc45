import { connect, type Socket } from 'node:net'

/** One HTTP/1.1 request as bytes, ready to be sent again and again. */
export function requestBytes(path: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Buffer {
  const lines = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    ...Object.entries({ ...headers, 'content-length': String(body.length) }).map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ]
  return Buffer.concat([Buffer.from(lines.join('\r\n')), body])
}

/**
 * Sends `count` requests over `connections` kept-alive connections, each waiting for its answer before the next. Answers are only looked at
 * for their status and length: the client must cost little, since it shares the machine with the server.
 * @param request the bytes of every request, or what gives those of the next one
 * @returns seconds
 */
export async function load(port: number, request: Buffer | (() => Buffer), count: number, connections: number): Promise<number> {
  const next = typeof request === 'function' ? request : () => request
  const lanes = await Promise.all(Array.from({ length: connections }, () => Lane.open(port)))
  const started = performance.now()
  let left = count
  await Promise.all(
    lanes.map(async (lane) => {
      while (left-- > 0) await lane.once(next())
    }),
  )
  const seconds = (performance.now() - started) / 1000
  for (const lane of lanes) lane.close()
  return seconds
}

class Lane {
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #done: ((error?: Error) => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#take(chunk))
    socket.on('error', (error) => this.#done?.(error))
    socket.on('close', () => this.#done?.(new Error('the server closed the connection')))
  }

  static open(port: number): Promise<Lane> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Lane(socket)))
      socket.once('error', reject)
    })
  }

  once(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#done = (error) => (error === undefined ? resolve() : reject(error))
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#done = undefined
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#received.toString('latin1', 0, end)
    if (!head.startsWith('HTTP/1.1 200')) {
      this.#done?.(new Error(`the server answered ${this.#received.toString('utf8', 0, 500)}`))
      return
    }
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
    if (this.#received.length < end + 4 + length) return
    this.#received = Buffer.alloc(0)
    this.#done?.()
  }
}
