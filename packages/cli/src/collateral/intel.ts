import { readPem } from '@opengradient/attestation'
import { type Hex, hexToBytes, parseHex, utf8, type VendorCollateral } from '@opengradient/protocol'
import { type Get, malformed, type Services } from './services.ts'

/** Bytes of the longest file: more does not fit on the chain. */
const MAX_FILE = 65_536
/** Lists are read up to what verifiers take. */
const MAX_LIST = 1_048_576

/**
 * What Intel publishes about a kind of processor: the lists of its root and of both authorities of platforms, the security levels, and the
 * identity of the quoting enclave (Intel SGX and TDX Provisioning Certification Service, API version 4). Root first; unverified.
 *
 * @param fmspc six bytes, as the certificate of the platform names it
 * @throws OgError `EVIDENCE_FETCH_FAILED`, `COLLATERAL_MALFORMED`
 */
export async function intelPublished(
  get: Get,
  { intel, intelRoot }: Pick<Services, 'intel' | 'intelRoot'>,
  kind: 'tdx' | 'sgx',
  fmspc: Hex,
): Promise<VendorCollateral[]> {
  const sgx = `${intel}/sgx/certification/v4`
  const own = `${intel}/${kind}/certification/v4`
  const list = (ca: string) => signedList(get, `${sgx}/pckcrl?ca=${ca}&encoding=der`)
  return Promise.all([
    rootList(get, intelRoot ?? `${sgx}/rootcacrl`),
    list('platform'),
    list('processor'),
    file(get, `${own}/tcb?fmspc=${fmspc.slice(2)}`, 'tcbInfo', 'tcbInfo', 'tcb-info-issuer-chain'),
    file(get, `${own}/qe/identity`, 'qeIdentity', 'enclaveIdentity', 'sgx-enclave-identity-issuer-chain'),
  ])
}

async function rootList(get: Get, url: string): Promise<VendorCollateral> {
  const { body } = await get(url, MAX_LIST)
  return { kind: 'crl', body: derOf(body, url), signature: new Uint8Array(), certificates: [] }
}

async function signedList(get: Get, url: string): Promise<VendorCollateral> {
  const { body, headers } = await get(url, MAX_LIST)
  const certificates = chainOf(headers, 'sgx-pck-crl-issuer-chain', url)
  return { kind: 'crl', body: derOf(body, url), signature: new Uint8Array(), certificates }
}

/** `{"NAME":{…},"signature":"…"}`: what is signed are the bytes of the inner object as they stand. */
async function file(
  get: Get,
  url: string,
  kind: 'tcbInfo' | 'qeIdentity',
  name: 'tcbInfo' | 'enclaveIdentity',
  header: string,
): Promise<VendorCollateral> {
  const { body, headers } = await get(url, MAX_FILE)
  const found = new RegExp(`^\\{"${name}":(\\{.*\\}),"signature":"([0-9a-f]{128})"\\}\\s*$`).exec(textOf(body, url))
  if (!found) throw malformed(url, `{"${name}":{…},"signature":"128 hex digits"} without spaces`)
  const [, signed = '', signature = ''] = found
  return { kind, body: utf8(signed), signature: hexToBytes(`0x${signature}` as Hex), certificates: chainOf(headers, header, url) }
}

/** Certificates in PEM, encoded as in a URL, in a header of the answer. */
function chainOf(headers: Headers, name: string, url: string): Uint8Array[] {
  const text = headers.get(name)
  if (text === null) throw malformed(url, `the header ${name}`)
  try {
    const certificates = readPem(utf8(decodeURIComponent(text)))
    if (certificates.length > 0) return certificates
  } catch {
    // Said below: whatever is wrong, it is no chain.
  }
  throw malformed(url, `certificates in PEM in the header ${name}`)
}

/** Caches give lists in hex, Intel in DER. */
function derOf(body: Uint8Array, url: string): Uint8Array {
  if (body[0] === 0x30) return body
  try {
    return hexToBytes(parseHex(`0x${textOf(body, url).trim().toLowerCase()}`))
  } catch {
    throw malformed(url, 'a revocation list in DER or hex')
  }
}

function textOf(body: Uint8Array, url: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw malformed(url, 'text')
  }
}
