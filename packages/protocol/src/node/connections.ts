import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Crowd, type Held } from './crowd.ts'

/** More than `most` at once, so that a newcomer is seen before one is closed for it; those beyond are closed unseen. */
const ROOM = 32

/**
 * Bounds the connections of a server, by address when they are too many: a newcomer then takes the place of one that asks for nothing, or has
 * not sent its whole request, of the address that holds the most (behind a proxy all have one: there the oldest that asks for nothing goes). What
 * was asked in full is closed for another only where `answers` says so. Half of the files that this process may have open are kept for other things.
 *
 * @param most connections at once
 * @param answers `may be cut`: for somebody who holds less; whoever asked can ask again for nothing
 */
export function boundConnections(server: Server, most: number, answers: 'are given' | 'may be cut' = 'are given'): void {
  const limit = Math.min(most, Math.max(4, Math.floor(openFiles() / 2) - ROOM))
  const open = new Map<Socket, Connection>()
  const crowd = new Crowd<Connection>()
  const forget = (connection: Connection) => {
    open.delete(connection.socket)
    crowd.remove(connection)
  }
  server.maxConnections = limit + ROOM
  server.on('connection', (socket: Socket) => {
    const connection = new Connection(socket)
    open.set(socket, connection)
    crowd.add(connection)
    socket.once('close', () => forget(connection))
    if (crowd.size <= limit) return
    const closed = crowd.toClose(connection, answers === 'may be cut')
    forget(closed)
    closed.socket.destroy()
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = open.get(request.socket)
    if (connection === undefined) return
    connection.asked.add(request)
    response.once('close', () => connection.asked.delete(request))
  })
  // Whoever takes such a connection over bounds them, too: it counts as one that is being answered.
  server.on('upgrade', (request: IncomingMessage) => void open.get(request.socket)?.asked.add(request))
}

class Connection implements Held {
  readonly socket: Socket
  readonly from: string
  /** Requests whose answers are not given yet. */
  readonly asked = new Set<IncomingMessage>()

  constructor(socket: Socket) {
    this.socket = socket
    this.from = networkOf(socket.remoteAddress ?? '')
  }

  get asks(): Held['asks'] {
    if (this.asked.size === 0) return 'nothing'
    for (const request of this.asked) if (request.complete) return 'in full'
    return 'in part'
  }
}

/** What one customer of a provider has: an IPv4 address, or the first 64 bits of an IPv6 one. */
export function networkOf(address: string): string {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (v4 !== undefined) return v4
  const [before = '', after] = address.split('%', 1)[0]!.split('::') as [string, string?]
  const [head, tail] = [before, after ?? ''].map((part) => part.split(':').filter((group) => group !== '')) as [string[], string[]]
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length)
  return [...head, ...Array<string>(zeros).fill('0'), ...tail].slice(0, 4).join(':').toLowerCase()
}

/** How many files this process may have open, connections among them; endless where that is not told. */
function openFiles(): number {
  try {
    const said = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return said === undefined ? Number.POSITIVE_INFINITY : Number(said)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
