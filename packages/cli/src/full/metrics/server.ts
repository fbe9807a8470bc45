import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checkRequest, OgError } from '@opengradient/protocol'
import { boundConnections } from '@opengradient/protocol/connections'

/** What is served: Prometheus's text, as a registry of prom-client makes it. */
export interface Metrics {
  readonly contentType: string
  metrics(): Promise<string>
}

export interface MetricsServerOptions {
  readonly host: string
  readonly port: number
  /** Names under which it may be reached (`Host` header). */
  readonly names: readonly string[]
  /** Told when the numbers could not be read. */
  readonly onFault: (error: unknown) => void
}

/** A running server of metrics. */
export interface MetricsServer {
  readonly port: number
  close(): Promise<void>
}

/** A server that answers `GET /metrics` and nothing else. Port 0 picks a free one. Throws `PORT_IN_USE`. */
export async function serveMetrics(metrics: Metrics, { host, port, names, onFault }: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    const end = (status: number, body: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body)
    const { host: named, origin } = request.headers
    const refusal = checkRequest({ method: request.method ?? '', host: named, origin, contentType: undefined }, { names, jsonOnly: false })
    if (refusal) return end(403, refusal.message)
    if (request.method !== 'GET' || request.url !== '/metrics') return end(404, 'metrics are at GET /metrics')
    return metrics.metrics().then(
      (text) => end(200, text, metrics.contentType),
      (error: unknown) => {
        onFault(error)
        end(500, 'the metrics cannot be read; see the log of the node')
      },
    )
  })
  boundConnections(server, 16)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = new OgError('PORT_IN_USE', `Port ${port} of ${host} is taken. Choose another for "nodeMetrics" in full.json.`, {
        details: { host, port },
      })
      reject(error.code === 'EADDRINUSE' ? taken : error)
    })
    server.listen(port, host.replace(/^\[|\]$/g, ''), resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
