import type { HttpReply } from '@opengradient/client'
import {
  type Address,
  ERROR_MEANINGS,
  type ErrorCode,
  type Hex,
  isOgError,
  OgError,
  parseStrictJson,
  printable,
} from '@opengradient/protocol'
import type { SdkLevel } from '../context.ts'

/** A refusal of a node as an error. Its words are a stranger's: shown as a quotation, cut, without control characters. */
export function nodeError(node: Address, { status, body }: HttpReply): OgError {
  const { code, message } = readBody(body)
  const said = message === undefined ? '' : `: ${printable(message)}`
  return new OgError(code ?? 'NODE_RESPONSE_INVALID', `node ${node} answered ${status}${said}`, { details: { node, status } })
}

function readBody(body: Uint8Array): { code?: ErrorCode; message?: string } {
  try {
    const { code, error } = (parseStrictJson(body, { maxBytes: 65_536, maxDepth: 8 }) ?? {}) as { code?: unknown; error?: unknown }
    return {
      ...(typeof code === 'string' && Object.hasOwn(ERROR_MEANINGS, code) ? { code: code as ErrorCode } : {}),
      ...(typeof error === 'string' ? { message: error } : {}),
    }
  } catch (cause) {
    if (!isOgError(cause)) throw cause
    return {}
  }
}

/** What else the payer of a request of level zk can do when it has no answer, or no proof of it; nothing at other levels. */
export const withheld = (level: SdkLevel | undefined, requestId: Hex): string =>
  level === 'zk'
    ? `. If neither answer nor proof comes, og.challenge('${requestId}') demands the proof on chain, in the hour after the settlement`
    : ''
