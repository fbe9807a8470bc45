import { bytesToHex, utf8 } from '@opengradient/protocol'
import { allZero } from '../binary/reader.ts'
import { isSign1By, readSign1 } from '../cose/sign1.ts'
import type { Claims } from '../result/claims.ts'
import type { Context, Verifier } from '../result/evidence.ts'
import { demand } from '../result/rejection.ts'
import { earliest, rootsOf, usedCertificates } from '../result/used.ts'
import { verifier } from '../result/verifier.ts'
import { readCertificate } from '../x509/certificate.ts'
import { verifyPath } from '../x509/path.ts'
import { type NitroDocument, readNitroDocument } from './document.ts'

/**
 * AWS Nitro Enclaves: a COSE_Sign1 message over a document that holds its own certificates. AWS publishes no revocation lists for them (its guide
 * says to switch the check off); they live for hours.
 */
export const nitroVerifier: Verifier = verifier('nitro', verifyNitro)

async function verifyNitro(evidence: Uint8Array, { now, roots, check }: Context): Promise<Claims> {
  const message = readSign1(evidence)
  const document = readNitroDocument(message.payload)
  const chain = [document.certificate, ...document.cabundle.toReversed()].map(readCertificate)
  const path = await verifyPath(chain, rootsOf(roots, 'aws'), now, check)
  demand(await isSign1By(message, path.leaf.key, check), 'SIGNATURE_INVALID', 'The document is not signed by the key of its certificate.')
  return {
    ok: true,
    platform: 'nitro',
    trust: path.anchor.trust,
    verifiedAt: now,
    validUntil: earliest(...path.certificates.map(({ notAfter }) => notAfter)),
    issuedAt: Math.floor(document.timestamp / 1000),
    reportData: document.userData ?? new Uint8Array(),
    ...(document.nonce ? { nonce: document.nonce } : {}),
    measurements: measurements(document),
    debug: allZero(document.pcrs.get(0)!),
    migratable: false,
    tcb: { status: 'Unrated', svn: {}, advisories: [] },
    platformId: bytesToHex(utf8(instanceOf(document))),
    revocation: 'unpublished',
    certificates: usedCertificates(path.certificates),
    facts: { moduleId: document.moduleId, ...(document.publicKey ? { publicKey: bytesToHex(document.publicKey) } : {}) },
  }
}

/** Registers that are not zero, and always register 0: enclaves in debug mode have all of them zero. */
function measurements({ pcrs }: NitroDocument): Claims['measurements'] {
  const filled = [...pcrs].filter(([index, pcr]) => index === 0 || !allZero(pcr))
  return Object.fromEntries(filled.map(([index, pcr]) => [`pcr${index}`, bytesToHex(pcr)]))
}

/** The instance: what comes before the enclave in `i-…-enc…`. */
const instanceOf = ({ moduleId }: NitroDocument): string => moduleId.replace(/-enc[0-9a-f]+$/, '')
