import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { checkRequest, OgError, parseStrictJson } from '@opengradient/protocol'
import { boundConnections } from '@opengradient/protocol/connections'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'
import type { Engine } from '../engine/engine.ts'
import { nodeMetrics } from '../metrics/metrics.ts'
import { modelMetadata, modelStatistics, repositoryEntry, serverMetadata } from '../oip/metadata.ts'
import { DEFAULT_INPUT_LIMITS, type InputLimits } from '../oip/request.ts'
import { Scheduler, type SchedulerOptions } from '../scheduler/scheduler.ts'
import type { TeeDoor } from '../tee/door.ts'
import { hotPath } from './hotPath.ts'
import type { Proving } from './inferZk.ts'
import { nothingAt } from './nothing.ts'
import type { RequestGate } from './pipeline.ts'
import { ModelRegistry } from './registry.ts'
import { RequestStats } from './requestStats.ts'
import type { ModelSource } from './source.ts'
import { errorReply } from './status.ts'

export interface InferenceServerOptions {
  readonly source: ModelSource
  readonly engines: readonly Engine[]
  readonly gate: RequestGate
  /** Names under which this server may be asked: `127.0.0.1`, `localhost`, a domain (protocol `checkRequest`). */
  readonly names: readonly string[]
  readonly host?: string
  /** 0: any free port. */
  readonly port?: number
  readonly version?: string
  readonly scheduler?: SchedulerOptions
  readonly limits?: Partial<InputLimits>
  /** What makes proofs; without it no model is answered at level zk. */
  readonly proving?: Proving
  /** What opens sealed requests; without it no model is answered at the levels of enclaves. */
  readonly tee?: TeeDoor
  /** Most bytes of the body of an inference request. Default 32 MiB. */
  readonly maxBodyBytes?: number
  /** Most bytes of bodies that come and answers that are not taken, of all callers together. Default 512 MiB. */
  readonly maxHeldBytes?: number
  /** Connections at once; see `boundConnections` of protocol. Default 10,000. */
  readonly maxConnections?: number
  /** Milliseconds until a caller gets an answer. Default 30,000. */
  readonly deadlineMs?: number
  /** Milliseconds after which a connection is given up on which nothing moves. Default 120,000, and twice the deadline at least. */
  readonly silenceMs?: number
  /** Milliseconds between looks for models that are no longer offered. Default 5,000. */
  readonly refreshMs?: number
  /** Adds routes: receipts, prices. They run behind the same guard. */
  readonly extend?: (app: FastifyInstance, metrics: Registry) => void
  readonly log?: (message: string, details: Record<string, unknown>) => void
}

export interface InferenceServer {
  readonly app: FastifyInstance
  readonly scheduler: Scheduler
  readonly registry: ModelRegistry
  readonly host: string
  readonly port: number
  /** Stops taking requests, answers those admitted, ends every process, closes the port. */
  drain(timeoutMs?: number): Promise<void>
}

/** Callers at once. */
const MAX_CONNECTIONS = 10_000

/** Bytes of the body of anything but an inference request; the framework keeps each piece that it came in. */
const MAX_SMALL_BODY = 4_096

/**
 * How much the heap may grow, in percent of what the last collection left, before the next one. By itself V8 lets the heap of a node that waits
 * for its models grow by a tenth: it collects every two or three seconds, for 1 to 3 % of the CPU of requests to a model of 1 ms.
 */
const HEAP_GROWTH_PERCENT = 100

type Path = { Params: { model: string; version?: string } }

/** Starts the Open Inference Protocol server of a node. Nothing is loaded until it is asked for. */
export async function startInferenceServer(options: InferenceServerOptions): Promise<InferenceServer> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`)
  const log = options.log ?? (() => {})
  const scheduler = new Scheduler({ log, ...options.scheduler })
  const engines = new Map(options.engines.map((engine) => [engine.name, engine]))
  const registry = new ModelRegistry({ source: options.source, scheduler, engines })
  const requests = new RequestStats()
  const metrics = nodeMetrics({ scheduler, requests })
  const maxBodyBytes = options.maxBodyBytes ?? 32 * 2 ** 20
  const deadlineMs = options.deadlineMs ?? 30_000
  const takes = hotPath({
    registry,
    gate: options.gate,
    limits: { ...DEFAULT_INPUT_LIMITS, ...options.limits },
    deadlineMs,
    names: options.names,
    maxBodyBytes,
    maxHeldBytes: options.maxHeldBytes ?? 512 * 2 ** 20,
    stats: requests,
    proving: options.proving,
    tee: options.tee,
    log,
  })
  const app = Fastify({
    logger: false,
    bodyLimit: MAX_SMALL_BODY,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    serverFactory: (framework) => {
      const server = createServer({ requestTimeout: 60_000, keepAliveTimeout: 65_000 }, (request, response) => {
        if (!takes(request, response)) framework(request, response)
      })
      boundConnections(server, options.maxConnections ?? MAX_CONNECTIONS)
      server.timeout = options.silenceMs ?? Math.max(120_000, 2 * deadlineMs)
      return server
    },
  })
  bodiesAsBytes(app)
  guard(app, options.names)
  answerErrors(app, log)

  const find = (request: FastifyRequest<Path>): ReturnType<ModelRegistry['find']> =>
    registry.find(request.params.model, request.params.version)
  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    app.get<Path>(path, async (request) => modelMetadata(await find(request)))
    app.get<Path>(`${path}/ready`, async (request, reply) => {
      const { scheduled } = await find(request)
      if (!scheduled.servable) {
        if (scheduled.trouble !== undefined) throw scheduled.trouble
        // Clients ask this until it says yes. Each model is tested once for them; later it may sleep and still counts as ready.
        scheduled.warm().catch(() => {})
        throw new OgError('MODEL_NOT_READY', 'The model is being loaded and tested for the first time.', {
          details: { retryAfterMs: 1_000 },
        })
      }
      return reply.send({ ready: true, state: scheduled.state })
    })
    app.get<Path>(`${path}/stats`, async (request) => ({ model_stats: [modelStatistics(await find(request))] }))
  }
  const metadata = serverMetadata(options.version ?? '0')
  app.get('/v2', () => metadata)
  app.get('/v2/', () => metadata)
  app.get('/v2/models/stats', () => ({ model_stats: [...registry.opened()].map(modelStatistics) }))
  const index = async (): Promise<unknown[]> =>
    (await registry.offers()).map(({ modelId, name }) => repositoryEntry(modelId, name, scheduler.get(modelId)))
  app.get('/v2/repository/index', index)
  app.post<{ Body: Buffer | undefined }>('/v2/repository/index', async (request) => {
    const entries = await index()
    return wantsReadyOnly(request.body) ? entries.filter((entry) => (entry as { state: string }).state === 'READY') : entries
  })
  const live = (): object => ({ live: true })
  const ready = (_: FastifyRequest, reply: FastifyReply): FastifyReply =>
    reply.code(scheduler.draining ? 503 : 200).send({ ready: !scheduler.draining })
  for (const path of ['/v2/health/live', '/healthz']) app.get(path, live)
  for (const path of ['/v2/health/ready', '/readyz']) app.get(path, ready)
  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.metrics()))
  options.extend?.(app, metrics)

  try {
    await app.listen({ host: options.host ?? '127.0.0.1', port: options.port ?? 0 })
  } catch (error) {
    await scheduler.drain(0)
    throw error
  }
  const refresh = (): void =>
    void registry.refresh().catch((error: Error) => log('the list of models could not be read', { error: error.message }))
  const refreshing = setInterval(refresh, options.refreshMs ?? 5_000).unref()
  const address = app.server.address() as AddressInfo
  let drained: Promise<void> | undefined
  return {
    app,
    scheduler,
    registry,
    host: address.address,
    port: address.port,
    drain(timeoutMs) {
      clearInterval(refreshing)
      drained ??= scheduler.drain(timeoutMs).then(() => app.close())
      return drained
    },
  }
}

/** Bodies stay bytes: hashes are over them. */
function bodiesAsBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

function guard(app: FastifyInstance, names: readonly string[]): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { method, headers } = request.raw
    done(
      checkRequest(
        { method: method!, host: headers.host, origin: headers.origin, contentType: headers['content-type'] },
        { names, jsonOnly: false },
      ),
    )
  })
}

function answerErrors(app: FastifyInstance, log: (message: string, details: Record<string, unknown>) => void): void {
  app.setNotFoundHandler((request, reply) => {
    const { status, headers, body } = errorReply(nothingAt(request.method, request.url))
    return reply.code(status).headers(headers).send(body)
  })
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    const known = ownError(error)
    if (known === undefined) log('a request failed', { path: request.url, error: error.message, stack: error.stack })
    const { status, headers, body } = errorReply(known)
    return reply.code(status).headers(headers).send(body)
  })
}

/** Errors of the HTTP framework in our words. */
function ownError(error: Error & { statusCode?: number; code?: string }): OgError | undefined {
  if (error instanceof OgError) return error
  if (error.statusCode === 413) return new OgError('HTTP_BODY_TOO_LARGE', 'The body is over the size limit of this node.')
  if (error.statusCode === 415) return new OgError('HTTP_CONTENT_TYPE_REFUSED', 'The content type is not one that this address accepts.')
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return new OgError('INPUT_MALFORMED', `The HTTP request is malformed: ${error.message}.`)
  return undefined
}

function wantsReadyOnly(body: Buffer | undefined): boolean {
  if (body === undefined || body.length === 0) return false
  const options = parseStrictJson(body, { maxBytes: MAX_SMALL_BODY, maxDepth: 4 })
  return typeof options === 'object' && options !== null && 'ready' in options && options.ready === true
}
