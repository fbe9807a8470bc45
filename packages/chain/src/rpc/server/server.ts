import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { bytesToHex, ClientMemory, OgError } from '@opengradient/protocol'
import { boundConnections } from '@opengradient/protocol/connections'
import type { Chain } from '../../chain.ts'
import type { RpcOutcome } from '../dispatcher.ts'
import type { LightBlocks } from '../lightBlocks.ts'
import { DEFAULT_RPC_LIMITS, type RpcLimits } from '../limits.ts'
import { networkFileOf } from '../networkFile.ts'
import { createRpcNode } from '../node.ts'
import { type Documents, httpHandler } from './http.ts'
import { createWebSockets } from './webSockets.ts'

/** Names by which this machine alone reaches a server. */
export const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** Where JSON-RPC is served, and what of it. */
export interface RpcOptions {
  /** Address to listen on; 127.0.0.1 unless the node is meant for others. */
  readonly host?: string
  /** 0 picks a free one. */
  readonly port?: number
  /** Names under which clients may reach the server (`Host` header); by default those of loopback. */
  readonly names?: readonly string[]
  /** Name of the network in its network file. */
  readonly networkName?: string
  /** Where clients reach the server, for its network file; the address on which it listens, unless said. */
  readonly publicUrl?: string
  readonly limits?: Partial<RpcLimits>
  /** Of a node on CometBFT: its engine's light blocks, without which clients can prove nothing. */
  readonly lightBlocks?: LightBlocks
  /** JSON documents that are answered to a GET of their path, such as what a node needs to join. */
  readonly documents?: Documents
  /** Whether the methods of `debug_` are answered, of which each may take seconds of a core; true unless said: a node that strangers reach says no. */
  readonly debug?: boolean
  /**
   * Milliseconds for which calls, simulations and traces are still run in this thread, where a long one holds up everything; 0 unless said.
   * To start another thread takes half a second of CPU, which is dear while the rest of a network starts on the same machine.
   */
  readonly threadsAfter?: number
  /** Told of each call that was answered: its method, or `unknown`, and how it ended. */
  readonly onAnswered?: (method: string, outcome: RpcOutcome) => void
  /** Told about faults of the server; clients only see "internal error". */
  readonly onFault?: (method: string, error: unknown) => void
}

/** A running JSON-RPC server: HTTP and WebSocket on one port. */
export interface RpcServer {
  readonly port: number
  readonly url: string
  readonly webSocketUrl: string
  /** Ends subscriptions and connections, and frees the port. */
  close(): Promise<void>
}

const { version: VERSION } = createRequire(import.meta.url)('../../../package.json') as { version: string }

/** Milliseconds for which a closing server waits for answers that are under way. */
const CLOSE_GRACE_MS = 2_000

/** Serves the chain's JSON-RPC. Throws `PORT_IN_USE` when another program holds the port. */
export async function startRpc(chain: Chain, options: RpcOptions = {}): Promise<RpcServer> {
  const { host = '127.0.0.1', names = LOOPBACK_NAMES } = options
  const limits = { ...DEFAULT_RPC_LIMITS, ...options.limits }
  const newId = () => bytesToHex(randomBytes(16))

  const server = createServer({ requestTimeout: 60_000, headersTimeout: 15_000, keepAliveTimeout: 65_000 })
  boundConnections(server, 2 * limits.maxConnections, 'may be cut')
  const port = await listen(server, host, options.port ?? 0)
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`

  const node = createRpcNode(chain, {
    limits,
    lightBlocks: options.lightBlocks,
    networkFile: networkFileOf(chain, options.networkName ?? 'local', options.publicUrl ?? `http://${authority}`),
    version: `OpenGradient/v${VERSION}/${process.platform}-${process.arch}/node${process.versions.node}`,
    now: () => Math.floor(Date.now() / 1000),
    newId,
    ...(options.debug !== undefined && { debug: options.debug }),
    ...(options.threadsAfter !== undefined && { threadsAfter: options.threadsAfter }),
    onAnswered: options.onAnswered,
    onFault: options.onFault ?? (() => undefined),
  })
  const { dispatcher, release } = node
  const memory = new ClientMemory(limits.maxHeldBytes)
  const webSockets = createWebSockets({ dispatcher, names, limits, memory, newOwner: newId, release })

  const answer = httpHandler(dispatcher, names, limits, memory, release, options.documents)
  server.on('request', (request, response) => {
    // A client that leaves in the middle of its body is no fault of ours.
    answer(request, response).catch(() => response.destroy())
  })
  server.on('upgrade', webSockets.upgrade)

  return {
    port,
    url: `http://${authority}`,
    webSocketUrl: `ws://${authority}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      webSockets.close()
      server.closeIdleConnections()
      const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
      await closed
      clearTimeout(grace)
      await node.close()
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error)
      reject(
        new OgError('PORT_IN_USE', `Port ${port} of ${host} is taken. Stop the program that holds it, or choose another port.`, {
          details: { host, port },
        }),
      )
    })
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}
