import { type Hex, parseHex } from '../bytes/hex.ts'
import { FrameOpener } from './opener.ts'
import { responseKey } from './secrets.ts'

/**
 * What opens the responses to one sealed request, and nothing of any other, for a sender that may stop before it has the answer: keep it as
 * private as the request, and forget it afterwards.
 */
export interface SealState {
  /** 32 bytes. */
  readonly responseSecret: Hex
}

/** What opens a response to a request that was sealed earlier. */
export function resumeOpener({ responseSecret }: SealState): FrameOpener {
  const secret = parseHex(responseSecret, 32, 'responseSecret')
  return new FrameOpener((nonce) => responseKey(secret, nonce))
}

/** Opens a whole response. Throws `CHANNEL_*`. */
export async function openResponse(state: SealState, response: Uint8Array): Promise<Uint8Array> {
  const opener = resumeOpener(state)
  const body = await opener.push(response)
  opener.end()
  return body
}
