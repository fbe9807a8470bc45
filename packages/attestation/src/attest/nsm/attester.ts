import { bytesToUint, concatBytes, uintBytes } from '@opengradient/protocol'
import type { Attester } from '../attester.ts'
import { checkBound } from '../bound.ts'
import { failed, reasonOf } from '../errors.ts'
import { DEFAULT_TIMEOUT } from '../io/deadline.ts'
import { exchange } from '../io/exchange.ts'
import { checkReportData } from '../reportData.ts'
import { attestationRequest, MAX_RESPONSE, readAttestationResponse } from './messages.ts'

/** Where the relay of `deploy/nitro` listens. */
export const NSM_SOCKET = '/run/nsm.sock'

/** Where the relay of the security module is, `NSM_SOCKET` if absent. */
export interface NsmAttesterOptions {
  readonly socket?: string
  /** Milliseconds for one document. */
  readonly timeout?: number
}

/**
 * AWS Nitro Enclaves. The security module answers an ioctl only, which Node cannot make; a relay inside the enclave (`deploy/nitro`, measured
 * with everything else) passes requests on: u32 length (big-endian) ‖ request, then u32 length ‖ answer, one of each a connection.
 */
export function nsmAttester({ socket = NSM_SOCKET, timeout = DEFAULT_TIMEOUT }: NsmAttesterOptions = {}): Attester {
  return {
    platform: 'nitro',
    trust: 'hardware',
    attest: async (reportData) => {
      const request = attestationRequest(checkReportData(reportData))
      const what = `The relay of the Nitro security module (${socket})`
      const framed = concatBytes(uintBytes(request.length, 4), request)
      const answer = await exchange({ to: { path: socket }, what, request: framed, timeout, lengthOf: frameLength })
      const evidence = documentOf(answer.subarray(4))
      checkBound('nitro', evidence, reportData)
      return { evidence, endorsements: {} }
    },
    close: async () => {},
  }
}

function frameLength(received: Uint8Array): number | undefined {
  if (received.length < 4) return undefined
  const length = Number(bytesToUint(received.subarray(0, 4)))
  if (length === 0 || length > MAX_RESPONSE) throw failed(`A frame of ${length} bytes; up to ${MAX_RESPONSE} are expected`)
  return 4 + length
}

function documentOf(answer: Uint8Array): Uint8Array {
  try {
    return readAttestationResponse(answer)
  } catch (error) {
    throw failed(reasonOf(error), error)
  }
}
