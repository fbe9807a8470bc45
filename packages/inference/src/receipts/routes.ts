import { BUNDLE_MEDIA_TYPE, encodeBundle, type Hex, OgError, parseHex } from '@opengradient/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ProofQueue } from '../proving/queue.ts'
import { proofOf } from '../proving/reply.ts'
import type { Records } from './records.ts'

/** However long a proof takes, its progress may be asked for. */
const MAX_RETRY_SECONDS = 30

type ById = FastifyRequest<{ Params: { id: string }; Querystring: { chain?: string } }>

/** Nobody on the way may change the bytes: their hashes are signed. Answers are private, and settle and anchor as time goes by. */
const HEADERS = { 'content-encoding': 'identity', 'cache-control': 'no-store, no-transform' }

/**
 * `GET /v1/receipts/{id}` and `…/inclusion`, `GET /v1/batches/{sequence}` for anybody; `…/execution`, `…/response` and `…/bundle` with the
 * request's secret in `OG-Request-Secret`; so `…/proof` of an answer of level zk, 202 with its progress until it is there. `…/bundle?chain=no` leaves the proofs from the chain out.
 */
export function receiptRoutes(app: FastifyInstance, records: Records, proofs?: Pick<ProofQueue, 'progress' | 'proof'>): void {
  const json = (reply: FastifyReply, value: object) =>
    reply.headers({ ...HEADERS, 'content-type': 'application/json' }).send(JSON.stringify(value))

  app.get('/v1/receipts/:id', async (request: ById, reply) => json(reply, records.receipt(idOf(request))))
  app.get('/v1/receipts/:id/inclusion', async (request: ById, reply) => json(reply, await records.inclusion(idOf(request))))
  app.get('/v1/batches/:id', async (request: ById, reply) => json(reply, records.batch(sequenceOf(request))))
  app.get('/v1/receipts/:id/execution', async (request: ById, reply) => {
    const execution = records.execution(idOf(request), secretOf(request))
    return reply.headers({ ...HEADERS, 'content-type': 'application/json' }).send(Buffer.from(execution))
  })
  app.get('/v1/receipts/:id/response', async (request: ById, reply) => {
    const { contentType, headers, body } = records.answer(idOf(request), secretOf(request))
    return reply.headers({ ...HEADERS, 'content-type': contentType, ...headers }).send(Buffer.from(body))
  })
  app.get('/v1/receipts/:id/proof', async (request: ById, reply) => {
    const requestId = idOf(request)
    const answer = records.answer(requestId, secretOf(request))
    if (!proofs) throw new OgError('ZK_PROOF_UNKNOWN', 'This node makes no proofs.')
    const found = await proofOf(proofs, requestId, answer)
    if (found.kind === 'proof')
      return reply.headers({ ...HEADERS, 'content-type': 'application/octet-stream' }).send(Buffer.from(found.proof))
    const seconds = Math.min(MAX_RETRY_SECONDS, Math.max(1, Math.ceil(found.body.expected_ms / 1000)))
    return json(reply.code(202).header('retry-after', String(seconds)), found.body)
  })
  app.get('/v1/receipts/:id/bundle', async (request: ById, reply) => {
    const bundle = await records.bundle(idOf(request), secretOf(request), request.query.chain !== 'no')
    return reply.headers({ ...HEADERS, 'content-type': BUNDLE_MEDIA_TYPE }).send(Buffer.from(encodeBundle(bundle)))
  })
}

function idOf({ params }: ById): Hex {
  return parseHex(params.id, 32, 'request id')
}

function sequenceOf({ params }: ById): bigint {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(params.id))
    throw new OgError('NUMBER_MALFORMED', `${params.id.slice(0, 40)} is not the sequence of a batch.`)
  return BigInt(params.id)
}

function secretOf({ headers }: ById): string | undefined {
  const secret = headers['og-request-secret']
  return Array.isArray(secret) ? secret[0] : secret
}
