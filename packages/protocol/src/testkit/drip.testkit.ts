import { connect } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { onTestFinished } from 'vitest'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

interface Accepted {
  readonly bytesRead: number
  readonly destroyed: boolean
}

/** A server that somebody is sending to, and how many bytes came over a connection of it. */
interface Server {
  once(event: 'connection', listener: (socket: Accepted) => void): unknown
}

/**
 * What it costs this process to hold a body that comes byte by byte and has not ended, or was refused: bytes of its heap for each of them, after garbage was collected.
 *
 * @param head the lines of the HTTP request before the body, without `Transfer-Encoding`
 */
export async function heapOfDrip(server: Server, port: number, head: string, bytes: number): Promise<number> {
  const accepted = new Promise<Accepted>((resolve) => server.once('connection', resolve))
  const socket = connect(port, '127.0.0.1').on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  const taken = await accepted
  const first = `${head}\r\nTransfer-Encoding: chunked\r\n\r\n`
  const pieces = Buffer.from('1\r\n{\r\n'.repeat(bytes))
  gc()
  const before = process.memoryUsage().heapUsed
  socket.write(first)
  socket.write(pieces)
  while (!taken.destroyed && taken.bytesRead < first.length + pieces.length) await new Promise((resolve) => setImmediate(resolve))
  // What was read last is parsed before the next turn.
  await new Promise((resolve) => setImmediate(resolve))
  gc()
  return (process.memoryUsage().heapUsed - before) / bytes
}
