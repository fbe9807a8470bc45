import { type Hex, OgError, parseRequestSecret, requestIdOf } from '@opengradient/protocol'
import { requestHead, sealedRequestHash } from '../receipts/requestHash.ts'
import type { SealedCall } from '../tee/sealedCall.ts'
import type { InferCall, InferOptions } from './infer.ts'
import { levelOf } from './level.ts'
import type { Reply, ServedLevel } from './pipeline.ts'
import type { RegisteredModel } from './registry.ts'
import { errorReply } from './status.ts'

/** A sealed request: opened, or answered already. */
export type Opened =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'open'; readonly body: Buffer; readonly sealed: SealedCall; readonly level: ServedLevel }

const NOTHING = new Uint8Array()

/**
 * In this order: form of the headers → the stored answer if the request is known, though its keyset be gone → the level → the seal. What is
 * refused here is refused in the clear, and before anything is paid.
 * @throws OgError `CHANNEL_*`, `NODE_LEVEL_NOT_OFFERED`, `NODE_REQUEST_CONFLICT`, `PAYMENT_MALFORMED`, `REQUEST_SECRET_INVALID`
 */
export function openCall(
  asking: { call: InferCall; model: RegisteredModel; headerLength: number | undefined; offered: readonly ServedLevel[] },
  { gate, tee }: Pick<InferOptions, 'gate' | 'tee'>,
): Opened {
  const { call, model, headerLength, offered } = asking
  const { message, body } = call
  const header = String(message.headers['og-seal'])
  const secret = message.headers['og-request-secret']
  if (secret === undefined) throw new OgError('REQUEST_SECRET_INVALID', 'A sealed request is bound to its secret: send OG-Request-Secret.')
  const requestId = requestIdOf(parseRequestSecret(String(secret)))
  const asked = message.headers['og-level']
  if (asked !== 'tee' && asked !== 'development')
    throw new OgError('CHANNEL_REQUIRED', 'Only level tee and level development answer sealed requests; say which in OG-Level.')
  const plain = { method: message.method!, path: message.url!, contentType: message.headers['content-type'] ?? '' }
  const parts = headerLength === undefined ? plain : { ...plain, headerLength }
  const head = requestHead(parts)
  const sealedHash = sealedRequestHash(head, header, body)
  const stored = gate.recall?.(requestId, sealedHash, asked)
  if (stored) return { kind: 'reply', reply: stored }
  const { modelId } = model.served
  const keyset = tee?.find(header, modelId)
  if (tee === undefined || keyset === undefined) {
    levelOf(message, offered)
    throw unknownKeyset(tee?.current)
  }
  if (keyset.level !== asked) levelOf(message, [keyset.level])
  const payment = message.headers['payment-signature']
  const opened = tee.open({ keyset, parts, head, body, modelId, requestId, sealedHash, payment })
  return { kind: 'open', level: keyset.level, body: opened.body, sealed: opened.call }
}

/** An error about a request that was opened, for its caller alone; its status is not hidden. */
export function sealedError(error: unknown, sealed: SealedCall): Reply {
  const { status, headers, body } = errorReply(error)
  return { status, headers: { ...headers, 'og-seal': 'v1' }, body: sealed.seal(body, NOTHING, [sealed.responseHash(body)]) }
}

function unknownKeyset(current: Hex | undefined): OgError {
  return new OgError(
    'CHANNEL_KEYSET_UNKNOWN',
    'The request is sealed to a keyset that this node does not hold, or holds no more. Fetch GET /v1/attestation and seal it anew; nothing was charged.',
    { details: { current: current ?? null } },
  )
}
