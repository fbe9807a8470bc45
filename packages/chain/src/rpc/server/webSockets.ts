import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ClientMemory, checkRequest } from '@opengradient/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Dispatcher } from '../dispatcher.ts'
import type { RpcLimits } from '../limits.ts'
import { serveConnection } from './connection.ts'
import { headOf } from './http.ts'

/** Milliseconds between the pings that find dead connections. */
const PING_MS = 30_000
/** Frames of one message, and reads from the network in which one frame may come: each is kept on its own, whatever its size. */
const FRAME_LIMITS = { maxFragments: 1_024, maxBufferedChunks: 16_384 }

export interface WebSocketOptions {
  readonly dispatcher: Dispatcher
  readonly names: readonly string[]
  readonly limits: Pick<RpcLimits, 'maxBodyBytes' | 'maxBacklogBytes' | 'maxConnections'>
  /** Of all clients. */
  readonly memory: ClientMemory
  readonly newOwner: () => string
  /** Milliseconds between pings. */
  readonly pingMs?: number
  /** Forgets what a connection that ended had asked for. */
  readonly release: (owner: string) => void
}

/** The WebSocket side of the server. */
export interface WebSockets {
  /** Takes over an HTTP connection that asks for a WebSocket, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): void
}

export function createWebSockets({ dispatcher, names, limits, memory, newOwner, release, pingMs = PING_MS }: WebSocketOptions): WebSockets {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: limits.maxBodyBytes,
    perMessageDeflate: false,
    ...FRAME_LIMITS,
  })
  const alive = new WeakSet<WebSocket>()

  server.on('connection', (socket: WebSocket, { socket: stream }: IncomingMessage) => {
    const owner = newOwner()
    alive.add(socket)
    socket.on('pong', () => alive.add(socket))
    serveConnection(socket, { owner, dispatcher, limits, memory, stream, release: () => release(owner) })
  })

  const pings = setInterval(() => {
    for (const socket of server.clients) {
      if (!alive.delete(socket)) socket.terminate()
      else socket.ping()
    }
  }, pingMs)
  pings.unref()

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy())
      const refusal = checkRequest(headOf(request), { names, jsonOnly: true })
      if (refusal) return reject(socket, '403 Forbidden', refusal.message)
      if (server.clients.size >= limits.maxConnections) return reject(socket, '503 Service Unavailable', 'too many connections')
      server.handleUpgrade(request, socket, head, (accepted) => server.emit('connection', accepted, request))
    },
    close() {
      clearInterval(pings)
      for (const socket of server.clients) socket.close(1001, 'the node is shutting down')
      server.close()
    },
  }
}

function reject(socket: Duplex, status: string, message: string): void {
  const length = Buffer.byteLength(message)
  // A client that does not hang up would keep its place among the connections for ever.
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n${message}`)
}
