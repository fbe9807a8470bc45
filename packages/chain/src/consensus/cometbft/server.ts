import { once } from 'node:events'
import { chmodSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { OgError } from '@opengradient/protocol'
import { parseAbciAddress } from './address.ts'
import type { AbciApplication, ApplicationRequest } from './application.ts'
import { type Request, type ResponseOf, readRequest, writeException, writeResponse } from './envelope.ts'
import { FrameReader, frame, MAX_FRAME_BYTES } from './frame.ts'
import type { Method } from './methods.ts'

export interface AbciServerOptions {
  /** As in CometBFT's `proxy_app`: `unix:///path` or `tcp://host:port`. Whoever reaches it drives the chain: keep it to this machine. */
  readonly address: string
  readonly application: AbciApplication
  /** Told before a connection asks for the first time where the chain stands: so CometBFT begins. */
  readonly onNewcomer?: () => void
  /** Told why a connection was ended by this side: the application threw, or what came was not ABCI. */
  readonly onFault: (error: OgError) => void
  /** Bytes of one message at most. A connection holds one message at a time. */
  readonly maxMessageBytes?: number
  /** CometBFT opens four. */
  readonly maxConnections?: number
}

/** Milliseconds that the other side has to read an exception. */
const LINGER = 2_000

export interface AbciServer {
  /** Where it listens, with the port that was chosen if it was 0. */
  readonly address: string
  /** Ends all connections and stops listening. */
  close(): Promise<void>
}

/** Serves ABCI 2.0 over a socket: every request is answered in the order of its connection. */
export async function startAbciServer(options: AbciServerOptions): Promise<AbciServer> {
  const { onFault, maxConnections = 16 } = options
  const connections = new Set<Socket>()
  const server = createServer((socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    serve(socket, options).catch((error) => {
      socket.destroy()
      if (error instanceof OgError) onFault(error)
    })
  })
  server.maxConnections = maxConnections
  const address = await listen(server, options.address)
  return {
    address,
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const socket of connections) socket.destroy()
      await closed
    },
  }
}

/** One connection, one request at a time: while one is answered, the next waits in the socket and the sender with it. */
async function serve(socket: Socket, options: AbciServerOptions): Promise<void> {
  const { application, maxMessageBytes = MAX_FRAME_BYTES, onNewcomer, onFault } = options
  let known = false
  socket.setNoDelay(true)
  // The loop below hears of errors while it runs; after it, nobody needs to.
  socket.on('error', () => {})
  const frames = new FrameReader(maxMessageBytes)
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      // The answers to what came together leave together.
      socket.cork()
      for (const message of frames.push(chunk)) {
        const request = readRequest(message)
        if (request.method === 'info' && !known) {
          known = true
          onNewcomer?.()
        }
        await send(socket, await answer(request, application))
      }
      socket.uncork()
    }
  } catch (error) {
    if (socket.destroyed) return
    const fault = faultOf(error)
    onFault(fault)
    socket.end(frame(writeException(fault.message)))
    // What still comes is thrown away, so that the exception arrives; a peer that does not hang up is hung up on.
    socket.resume()
    setTimeout(() => socket.destroy(), LINGER).unref()
  }
}

/** The answer to one request, in its frame. */
async function answer(request: Request, application: AbciApplication): Promise<Uint8Array> {
  if (request.method === 'echo') return framed('echo', request.value)
  if (request.method === 'flush') return framed('flush', {})
  return ask(request, application)
}

async function ask<R extends ApplicationRequest>(request: R, application: AbciApplication): Promise<Uint8Array> {
  const method = application[request.method] as (value: R['value']) => ReturnType<AbciApplication[R['method']]>
  return framed(request.method, await method.call(application, request.value))
}

/** The answers without a field, each in its frame, made once: nearly all are of them. */
const EMPTY_ANSWERS = new Map<Method, Uint8Array>()

function framed<M extends Method>(method: M, response: ResponseOf<M>): Uint8Array {
  if (Object.keys(response).length > 0) return frame(writeResponse(method, response))
  const known = EMPTY_ANSWERS.get(method) ?? frame(writeResponse(method, response))
  EMPTY_ANSWERS.set(method, known)
  return known
}

async function send(socket: Socket, answer: Uint8Array): Promise<void> {
  if (socket.write(answer) || socket.destroyed) return
  socket.uncork()
  await new Promise<void>((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}

const faultOf = (error: unknown): OgError =>
  error instanceof OgError
    ? error
    : new OgError('INTERNAL', `The application failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error })

async function listen(server: Server, address: string): Promise<string> {
  const place = parseAbciAddress(address)
  if ('path' in place) {
    await removeDeadSocket(place.path)
    server.listen(place.path)
    await once(server, 'listening')
    chmodSync(place.path, 0o600)
    return address
  }
  server.listen(place.port, place.host)
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') return address
  return `tcp://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`
}

/** A process that was killed leaves its socket file behind. One that somebody answers at stays, and listening says so. */
async function removeDeadSocket(path: string): Promise<void> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') rmSync(path)
  } finally {
    socket.destroy()
  }
}
