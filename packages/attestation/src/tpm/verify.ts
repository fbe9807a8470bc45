import { bytesToHex } from '@opengradient/protocol'
import { BinaryReader } from '../binary/reader.ts'
import { digest } from '../crypto/hash.ts'
import type { Claims } from '../result/claims.ts'
import type { Context, Verifier } from '../result/evidence.ts'
import { demand } from '../result/rejection.ts'
import { earliest, rootsOf, usedCertificates } from '../result/used.ts'
import { verifier } from '../result/verifier.ts'
import { readCertificate } from '../x509/certificate.ts'
import { verifyPath } from '../x509/path.ts'
import { checkRevocation, readCrls } from '../x509/revocation.ts'
import { buffer, readTpmQuote } from './quote.ts'
import { matchRegisters } from './registers.ts'
import { rawSignature, readTpmSignature } from './signature.ts'

/**
 * TPM 2.0: TPM2B_ATTEST ‖ TPMT_SIGNATURE ‖ TPML_DIGEST (the registers quoted, as many as the quote selects), as TPM2_Quote and TPM2_PCR_Read
 * return them. `endorsements.certificates`: the attestation key's, leaf first; its issuer vouches that the key lives in a TPM and only signs
 * what the TPM made. A TPM says which code was started, not that its memory is out of the host's reach.
 */
export const tpmVerifier: Verifier = verifier('tpm', verifyTpm)

/** Registers in one evidence. */
const MAX_REGISTERS = 96

async function verifyTpm(evidence: Uint8Array, { now, roots, endorsements, check }: Context): Promise<Claims> {
  const r = new BinaryReader(evidence, 'TPM evidence')
  const message = buffer(r, 2048)
  const quote = readTpmQuote(message)
  const signature = readTpmSignature(r)
  const count = r.big(4)
  demand(count <= MAX_REGISTERS, 'MALFORMED', `TPM: more than ${MAX_REGISTERS} registers.`)
  const values = Array.from({ length: count }, () => buffer(r, 64))
  r.end()

  const crls = readCrls(endorsements.crls ?? [])
  const path = await verifyPath((endorsements.certificates ?? []).map(readCertificate), rootsOf(roots, 'tpm'), now, check)
  const { key } = path.leaf
  const { scheme, hash } = signature
  const signed = await check({ key, scheme, hash, signature: rawSignature(signature, key), message })
  demand(signed, 'SIGNATURE_INVALID', 'The quote is not signed by the key of the certificate.')
  const revocation = await checkRevocation(path.certificates, crls, now, check, () => true)
  const material = key.kind === 'ec' ? key.point : key.modulus
  return {
    ok: true,
    platform: 'tpm',
    trust: path.anchor.trust,
    verifiedAt: now,
    validUntil: earliest(revocation.until, ...path.certificates.map(({ notAfter }) => notAfter)),
    reportData: quote.extraData,
    measurements: matchRegisters(quote, values, hash),
    debug: false,
    migratable: false,
    tcb: { status: 'Unrated', svn: {}, advisories: [] },
    platformId: bytesToHex(digest('SHA-256', material)),
    revocation: revocation.status,
    certificates: usedCertificates(path.certificates),
    facts: { resetCount: String(quote.resetCount), restartCount: String(quote.restartCount), firmware: bytesToHex(quote.firmware) },
  }
}
