import { bytesToHex, hexToBytes, parseHex, parseStrictJson, utf8 } from '@opengradient/protocol'
import { trimQuote } from '../../dcap/quote.ts'
import type { Attestation, Attester } from '../attester.ts'
import { checkBound } from '../bound.ts'
import { failed, reasonOf } from '../errors.ts'
import { DEFAULT_TIMEOUT } from '../io/deadline.ts'
import { askHttp } from '../io/http.ts'
import { filledReportData } from '../reportData.ts'

/** Where the guest agent listens inside a container of dstack. */
export const DSTACK_SOCKET = '/var/run/dstack.sock'
/** Bytes of an answer: quote in hex, event log, configuration. */
const MAX_ANSWER = 1_048_576

/** Where dstack’s guest agent is, `DSTACK_SOCKET` if absent. */
export interface DstackAttesterOptions {
  readonly socket?: string
  /** Milliseconds for one quote. */
  readonly timeout?: number
}

/** Intel TDX inside dstack: its guest agent asks for the quote (`POST /GetQuote`) and adds the log of what was measured. */
export function dstackAttester({ socket = DSTACK_SOCKET, timeout = DEFAULT_TIMEOUT }: DstackAttesterOptions = {}): Attester {
  return {
    platform: 'tdx',
    trust: 'hardware',
    attest: async (reportData) => {
      const bound = filledReportData(reportData)
      const what = `The guest agent of dstack (${socket})`
      const body = JSON.stringify({ report_data: bytesToHex(bound).slice(2) })
      const attestation = readAnswer(await askHttp({ to: { socketPath: socket }, path: '/GetQuote', body, what, timeout, max: MAX_ANSWER }))
      checkBound('tdx', attestation.evidence, bound)
      return attestation
    },
    close: async () => {},
  }
}

function readAnswer(answer: Uint8Array): Attestation {
  try {
    const value = parseStrictJson(answer, { maxBytes: MAX_ANSWER, maxDepth: 8 }) as Record<string, unknown> | null
    const { quote, event_log: log } = value ?? {}
    if (typeof quote !== 'string') throw failed('there is no quote')
    const evidence = trimQuote(hexToBytes(parseHex(`0x${quote.toLowerCase()}`)))
    return { evidence, endorsements: {}, ...(typeof log === 'string' && log !== '' ? { eventLog: utf8(log) } : {}) }
  } catch (error) {
    throw failed(`The guest agent of dstack answered something else: ${reasonOf(error)}`, error)
  }
}
