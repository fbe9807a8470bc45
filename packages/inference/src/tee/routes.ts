import { encodeCmw, type Hex, hexToBytes, OgError, parseHex } from '@opengradient/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callerOf } from './rations.ts'
import type { RunningTee } from './start.ts'

/** RFC 9999. */
const CMW_MEDIA_TYPE = 'application/cmw+json'

/** Evidence is public, and another one at each issue. */
const HEADERS = { 'content-encoding': 'identity', 'cache-control': 'no-store, no-transform', 'content-type': CMW_MEDIA_TYPE }

type Asked = FastifyRequest<{ Params: { digest: string }; Querystring: { nonce?: string } }>

/**
 * `GET /v1/attestation`: the envelope with which the current keyset was registered; with `?nonce=0x…` (32 bytes) fresh evidence about it under
 * that nonce. `GET /v1/attestation/{digest}`: the envelope of an earlier keyset. `OG-Keyset` names the keyset.
 */
export function attestationRoutes(app: FastifyInstance, tee: RunningTee | undefined): void {
  const send = (reply: FastifyReply, digest: Hex, envelope: Uint8Array) =>
    reply.headers({ ...HEADERS, 'og-keyset': digest }).send(Buffer.from(envelope))

  app.get('/v1/attestation', async ({ query, headers, socket }: Asked, reply) => {
    const { issued } = currentOf(tee)
    if (query.nonce !== undefined) {
      const nonce = hexToBytes(parseHex(query.nonce, 32, 'nonce'))
      const caller = callerOf(socket.remoteAddress, headers['x-forwarded-for'])
      return send(reply, issued.digest, encodeCmw(await tee!.fresh(issued, nonce, caller)))
    }
    return send(reply, issued.digest, (await tee!.shelf.read(issued.digest))!)
  })
  app.get('/v1/attestation/:digest', async ({ params }: Asked, reply) => {
    const digest = parseHex(params.digest, 32, 'keyset digest')
    const envelope = await tee?.shelf.read(digest)
    if (envelope === undefined) throw new OgError('NODE_NOT_ATTESTED', `This node has no evidence about a keyset ${digest}.`)
    return send(reply, digest, envelope)
  })
}

function currentOf(tee: RunningTee | undefined) {
  if (tee === undefined)
    throw new OgError(
      'NODE_NOT_ATTESTED',
      'This node was not started in an enclave. Its operator starts it with `og node start --tee auto`.',
    )
  const current = tee.current()
  if (current === undefined) {
    const { trouble } = tee.lifecycle.status
    const why = trouble === undefined ? 'One is being made; ask again in some seconds.' : `${trouble.code}: ${trouble.message}`
    throw new OgError('NODE_NOT_ATTESTED', `This node has no registered keyset now. ${why}`)
  }
  return current
}
