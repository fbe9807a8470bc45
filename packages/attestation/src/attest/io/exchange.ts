import { connect, type NetConnectOpts } from 'node:net'
import { concatBytes } from '@opengradient/protocol'
import { failed, reasonOf, systemCode, unavailable } from '../errors.ts'

export interface Exchange {
  /** A unix socket (`path`), or a host and port. */
  readonly to: NetConnectOpts
  /** Names the other side in messages. */
  readonly what: string
  readonly request: Uint8Array
  /** Milliseconds. */
  readonly timeout: number
  /** The length of the answer from its first bytes, undefined while they do not tell. Throws for a length that is refused. */
  readonly lengthOf: (received: Uint8Array) => number | undefined
}

/** Codes of a connection that was never made. */
const ABSENT = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'ENOTSOCK', 'ENOTFOUND', 'EHOSTUNREACH'])

/**
 * One request and its one answer on a connection of their own. ATTESTER_UNAVAILABLE when nobody listens; ATTESTER_FAILED when the answer is
 * late, cut off, longer than announced, or of a length that is refused.
 */
export function exchange({ to, what, request, timeout, lengthOf }: Exchange): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = connect(to)
    let received: Uint8Array = new Uint8Array()
    const end = (error?: Error): void => {
      clearTimeout(timer)
      socket.destroy()
      if (error) reject(error)
      else resolve(received)
    }
    const timer = setTimeout(() => end(failed(`${what} did not answer within ${timeout} ms`)), timeout)
    socket.on('connect', () => socket.write(request))
    socket.on('data', (chunk) => {
      received = concatBytes(received, chunk)
      try {
        const length = lengthOf(received)
        if (length === undefined || received.length < length) return
        end(received.length > length ? failed(`${what} sent ${received.length - length} bytes more than it announced`) : undefined)
      } catch (error) {
        end(failed(`${what} answered something else: ${reasonOf(error)}`, error))
      }
    })
    socket.on('close', () => end(failed(`${what} closed the connection after ${received.length} bytes, before its answer was complete`)))
    socket.on('error', (error) => {
      const absent = ABSENT.has(systemCode(error) ?? '')
      end(absent ? unavailable(`${what} cannot be reached: ${reasonOf(error)}`, error) : failed(`${what}: ${reasonOf(error)}`, error))
    })
  })
}
