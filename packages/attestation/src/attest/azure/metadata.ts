import { base64url, fromBase64url, parseStrictJson, utf8 } from '@opengradient/protocol'
import { readPem } from '../../x509/pem.ts'
import { failed, reasonOf } from '../errors.ts'
import { askHttp } from '../io/http.ts'

/** The metadata service of a machine in Azure: not a host, but the hypervisor under it. */
export const METADATA_SERVICE = { host: '169.254.169.254', port: 80 } as const

const WHAT = 'The metadata service of Azure'
/** Bytes of an answer: three certificates, or a quote with its collateral. */
const MAX_ANSWER = 65_536

/** Where the service is, and milliseconds for one answer. */
export interface MetadataPlace {
  readonly at: { readonly host: string; readonly port: number }
  readonly timeout: number
}

/** The certificate of this machine's chip as AMD issued it, and those of AMD above it (DER). ATTESTER_UNAVAILABLE, ATTESTER_FAILED. */
export async function chipCertificates(place: MetadataPlace): Promise<{ vcek: Uint8Array; authorities: readonly Uint8Array[] }> {
  const answer = await ask(place, '/metadata/THIM/amd/certification')
  return reading(answer, ({ vcekCert, certificateChain }) => {
    const [vcek, ...more] = certificates(vcekCert, 'vcekCert')
    if (vcek === undefined || more.length > 0) throw failed('vcekCert is not one certificate')
    return { vcek, authorities: certificates(certificateChain, 'certificateChain') }
  })
}

/** The quote that the host's quoting enclave makes of a TD report (1,024 bytes). ATTESTER_UNAVAILABLE, ATTESTER_FAILED. */
export async function quoteOf(place: MetadataPlace, tdReport: Uint8Array): Promise<Uint8Array> {
  const answer = await ask(place, '/acc/tdquote', JSON.stringify({ report: base64url(tdReport) }))
  return reading(answer, ({ quote }) => {
    if (typeof quote !== 'string') throw failed('there is no quote')
    return fromBase64url(quote.replace(/={1,2}$/, ''), 'quote')
  })
}

const ask = ({ at, timeout }: MetadataPlace, path: string, body?: string): Promise<Uint8Array> =>
  askHttp({ to: at, path, headers: { metadata: 'true' }, ...(body === undefined ? {} : { body }), what: WHAT, timeout, max: MAX_ANSWER })

function reading<T>(answer: Uint8Array, read: (members: Record<string, unknown>) => T): T {
  try {
    return read((parseStrictJson(answer, { maxBytes: MAX_ANSWER, maxDepth: 4 }) ?? {}) as Record<string, unknown>)
  } catch (error) {
    throw failed(`${WHAT} answered something else: ${reasonOf(error)}`, error)
  }
}

function certificates(text: unknown, field: string): Uint8Array[] {
  if (typeof text !== 'string') throw failed(`there is no ${field}`)
  return [...readPem(utf8(text))]
}
