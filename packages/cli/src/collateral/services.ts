import { type Http, type HttpReply, webHttp } from '@opengradient/client'
import { isOgError, OgError } from '@opengradient/protocol'

/** Where vendors publish. What they give is signed: whoever stands between can hold it back, not change it. */
export interface Services {
  /** Intel's provisioning certification service (its API, version 4), or a cache of it (PCCS). */
  readonly intel: string
  /** Where Intel's service has no list of its root: the address of the list itself. A cache has it below its own address. */
  readonly intelRoot?: string
  /** AMD's key distribution service (57230). */
  readonly amd: string
  /** As NVIDIA's certificates name it. */
  readonly nvidia: string
}

export const VENDOR_SERVICES = {
  intel: 'https://api.trustedservices.intel.com',
  intelRoot: 'https://certificates.trustedservices.intel.com/IntelSGXRootCA.der',
  amd: 'https://kdsintf.amd.com',
  nvidia: 'http://crl.ndis.nvidia.com',
} satisfies Services

/** The services that `--intel`, `--amd` and `--nvidia` name instead. @throws OgError `USAGE` */
export function servicesOf({ intel, amd, nvidia }: Record<string, unknown>): Services {
  const { intelRoot, ...others } = VENDOR_SERVICES
  return {
    ...others,
    ...(intel === undefined ? { intelRoot } : { intel: addressOf(intel, '--intel') }),
    ...(amd === undefined ? {} : { amd: addressOf(amd, '--amd') }),
    ...(nvidia === undefined ? {} : { nvidia: addressOf(nvidia, '--nvidia') }),
  }
}

function addressOf(given: unknown, flag: string): string {
  const text = String(given)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.search !== '' || url.hash !== '')
    throw new OgError('USAGE', `${flag} ${text}: expected the address of a service, such as https://localhost:8081`)
  return text.replace(/\/+$/, '')
}

/** Reads one file of a service. @throws OgError `EVIDENCE_FETCH_FAILED` */
export type Get = (url: string, maxBytes: number) => Promise<HttpReply>

const TIMEOUT_MS = 30_000

export function getter(fetch: typeof globalThis.fetch): Get {
  const http: Http = webHttp(fetch)
  return async (url, maxBytes) => {
    const reply = await http(url, { timeoutMs: TIMEOUT_MS, maxBytes }).catch((cause) => {
      throw isOgError(cause) ? failed(url, cause.message, cause) : cause
    })
    if (reply.status !== 200) throw failed(url, `it answered with status ${reply.status}`)
    return reply
  }
}

const failed = (url: string, why: string, cause?: unknown): OgError =>
  new OgError('EVIDENCE_FETCH_FAILED', `${url}: ${why}`, { details: { url }, ...(cause === undefined ? {} : { cause }) })

/** For an answer that is not what its service gives. */
export const malformed = (url: string, what: string): OgError =>
  new OgError('COLLATERAL_MALFORMED', `${url}: expected ${what}`, { details: { url } })
