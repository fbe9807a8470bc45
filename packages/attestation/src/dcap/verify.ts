import { bytesToHex, concatBytes, equalBytes, type Hex } from '@opengradient/protocol'
import { allZero } from '../binary/reader.ts'
import { digest } from '../crypto/hash.ts'
import type { SignatureCheck } from '../crypto/types.ts'
import type { Claims } from '../result/claims.ts'
import type { Context, Verifier } from '../result/evidence.ts'
import { demand } from '../result/rejection.ts'
import { earliest, rootsOf, usedCertificates } from '../result/used.ts'
import { verifier } from '../result/verifier.ts'
import { type Certificate, readCertificate } from '../x509/certificate.ts'
import { verifyPath } from '../x509/path.ts'
import { readPem } from '../x509/pem.ts'
import { checkRevocation, readCrls } from '../x509/revocation.ts'
import type { SgxBody, TdBody } from './body.ts'
import { readPck } from './pck.ts'
import { type Quote, readQuote } from './quote.ts'
import { rateTcb } from './tcb.ts'

/** Intel TDX: a quote of version 4 or 5 by a trust domain. Endorsements: lists of the root and the PCK authority, TCB info, QE identity. */
export const tdxVerifier: Verifier = verifier('tdx', (evidence, context) => verifyQuote(evidence, 'tdx', context))

/** Intel SGX: a quote of version 3 to 5 by an enclave. Endorsements as for TDX. */
export const sgxVerifier: Verifier = verifier('sgx', (evidence, context) => verifyQuote(evidence, 'sgx', context))

const PCK = 'Intel SGX PCK Certificate'
const PCK_AUTHORITIES = ['Intel SGX PCK Platform CA', 'Intel SGX PCK Processor CA']

/** The steps, for evidence that wraps a quote too. */
export async function verifyQuote(evidence: Uint8Array, platform: 'tdx' | 'sgx', context: Context): Promise<Claims> {
  const { now, roots, endorsements, check } = context
  const quote = readQuote(evidence)
  const { body } = quote
  demand(body.kind === platform, 'UNSUPPORTED', `The quote is of ${body.kind}, ${platform} was expected.`)
  const crls = readCrls(endorsements.crls ?? [])
  const path = await verifyPath(readPem(quote.certificates).map(readCertificate), rootsOf(roots, 'intel'), now, check)
  checkNames(path.certificates)
  await checkSignatures(quote, path.leaf, check)
  const revocation = await checkRevocation(path.certificates, crls, now, check, () => true)
  const pck = readPck(path.leaf)
  const rated = await rateTcb(quote, pck, crls, context)
  return {
    ok: true,
    platform,
    trust: path.anchor.trust,
    verifiedAt: now,
    validUntil: earliest(revocation.until, rated.until, ...path.certificates.map(({ notAfter }) => notAfter)),
    reportData: body.reportData,
    ...(body.kind === 'sgx' ? sgxClaims(body) : tdxClaims(body)),
    tcb: rated.tcb,
    platformId: pck.ppid,
    revocation: revocation.status === 'checked' && !rated.unlisted ? 'checked' : 'unchecked',
    certificates: usedCertificates(path.certificates),
    facts: { ...facts(body), fmspc: pck.fmspc, quoteVersion: String(quote.version) },
  }
}

/** The names that Intel gives the three certificates: other keys under the same root may not sign quotes. */
function checkNames(certificates: readonly Certificate[]): void {
  const [leaf, authority] = certificates.map(({ subject }) => subject.commonName)
  const right = certificates.length === 3 && leaf === PCK && PCK_AUTHORITIES.includes(authority ?? '')
  demand(right, 'CHAIN_INVALID', 'The certificates are not those of a platform.')
}

/** PCK → report of the quoting enclave → its attestation key → header and body. */
async function checkSignatures(quote: Quote, { key }: Certificate, check: SignatureCheck): Promise<void> {
  const { qeReport, qeSignature, qeAuthData, attestationKey, signature, signed } = quote
  const ecdsa = { scheme: 'ecdsa', hash: 'SHA-256' } as const
  const byPck =
    key.kind === 'ec' && key.curve === 'P-256' && (await check({ ...ecdsa, key, signature: qeSignature, message: qeReport.bytes }))
  demand(byPck, 'SIGNATURE_INVALID', 'The quoting enclave is not certified by the key of the platform.')
  const bound = digest('SHA-256', concatBytes(attestationKey.point.subarray(1), qeAuthData))
  const same = equalBytes(qeReport.reportData.subarray(0, 32), bound) && allZero(qeReport.reportData.subarray(32))
  demand(same, 'SIGNATURE_INVALID', 'The quoting enclave has bound another key.')
  demand((qeReport.attributes[0]! & 2) === 0, 'TCB_REJECTED', 'The quoting enclave runs in debug mode.')
  demand(
    await check({ ...ecdsa, key: attestationKey, signature, message: signed }),
    'SIGNATURE_INVALID',
    'The quote is not signed by its attestation key.',
  )
}

type BodyClaims = Pick<Claims, 'measurements' | 'debug' | 'migratable'>

const sgxClaims = ({ mrEnclave, mrSigner, attributes }: SgxBody): BodyClaims => ({
  measurements: { mrenclave: bytesToHex(mrEnclave), mrsigner: bytesToHex(mrSigner) },
  debug: (attributes[0]! & 2) !== 0,
  migratable: false,
})

function tdxClaims(body: TdBody): BodyClaims {
  const digests: Record<string, Hex> = { mrtd: bytesToHex(body.mrTd), mrseam: bytesToHex(body.mrSeam) }
  for (const [i, rtmr] of body.rtmrs.entries()) digests[`rtmr${i}`] = bytesToHex(rtmr)
  digests.mrconfigid = bytesToHex(body.mrConfigId)
  digests.mrowner = bytesToHex(body.mrOwner)
  digests.mrownerconfig = bytesToHex(body.mrOwnerConfig)
  if (body.mrServiceTd) digests.mrservicetd = bytesToHex(body.mrServiceTd)
  // All of the first eight bits make a domain untrusted: debug is one of them, the others are reserved.
  return { measurements: digests, debug: body.attributes[0] !== 0, migratable: (body.attributes[3]! & 0x20) !== 0 }
}

const facts = (body: SgxBody | TdBody): Record<string, string> =>
  body.kind === 'sgx'
    ? { isvProdId: String(body.prodId), isvSvn: String(body.svn) }
    : { xfam: bytesToHex(body.xfam), attributes: bytesToHex(body.attributes), moduleSvn: String(body.teeTcbSvn[0]) }
