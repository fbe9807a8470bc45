import { utf8 } from '@opengradient/protocol'
import { encode } from 'cborg'
import { azureEvidence, runtimeData } from '../../../src/testkit/azure.testkit.ts'
import { AUTHORITY, issue, LEAF, NOW } from '../../../src/testkit/ca.testkit.ts'
import { collateral, signedFile, tcbInfo } from '../../../src/testkit/dcap.testkit.ts'
import { oid, seq } from '../../../src/testkit/der.testkit.ts'
import { ecKey, type TestKey } from '../../../src/testkit/keys.testkit.ts'
import { nitroEvidence, nitroKeys, nitroMembers, nitroMessage, nitroRoot, nitroZone, PCR0 } from '../../../src/testkit/nitro.testkit.ts'
import { attest, tpmEvidence, tpmKeys, tpmRoots } from '../../../src/testkit/tpm.testkit.ts'
import { HONEST } from '../honest.ts'
import { type Case, type Story, tell } from '../story.ts'

const nitro = tell(HONEST.nitro)
const azure = tell(HONEST.azureSnp)
const tdx = tell(HONEST.tdx)
const tpm = tell(HONEST.tpm)

const es256 = Uint8Array.of(0xa1, 1, 0x26)
const payload = encode(nitroMembers())
const signature = new Uint8Array(96).fill(1)
const frame = (...parts: readonly unknown[]): Case => ({ evidence: encode(parts), code: 'MALFORMED' })
/** A document with a fault of form, under roots that do not know its certificates. */
const strange = (changes: Record<string, unknown>): Case => ({ evidence: nitroEvidence(changes), roots: 'vendors', code: 'MALFORMED' })
const sha1 = { ...nitroKeys.zone, algorithm: seq(oid('1.2.840.10045.4.1')) }
const small = ecKey('P-256', 'small')
const leafOf = (key: TestKey, by: TestKey = nitroKeys.zone): Uint8Array =>
  issue({ subject: 'enclave', issuer: 'zone', key, by, ...LEAF, notBefore: NOW - 3600, notAfter: NOW + 7200 })
const leaf = leafOf(nitroKeys.leaf, sha1)
const bundle = (...cabundle: readonly unknown[]): Case => strange({ certificate: leaf, cabundle })

const data = (keys: (key: object) => readonly unknown[]): Case => {
  const [key] = (JSON.parse(new TextDecoder().decode(runtimeData())) as { keys: readonly object[] }).keys
  return { evidence: azureEvidence({ data: utf8(JSON.stringify({ keys: keys(key!) })) }), code: 'MALFORMED' }
}
const until = (nextUpdate: string): Case => ({
  endorsements: collateral({ tcbInfo: signedFile(tcbInfo('TDX', { nextUpdate })) }),
  code: 'COLLATERAL_INVALID',
})

/** Eight authorities in a row, known to the verifier: the last one is issued by the root. */
const known = Array.from({ length: 8 }, (_, i) =>
  issue({
    subject: `authority ${i}`,
    issuer: i === 7 ? 'tpm root' : `authority ${i + 1}`,
    key: ecKey('P-384', `known ${i}`),
    by: i === 7 ? tpmKeys.root : ecKey('P-384', `known ${i + 1}`),
    ...AUTHORITY,
  }),
)
const below = issue({ subject: 'ak', issuer: 'authority 0', key: tpmKeys.ak, by: ecKey('P-384', 'known 0'), ...LEAF })

/** What has a fault of form and another one behind it: the form is looked at as a whole, and first. */
export const twofold: readonly Story[] = [
  nitro('header-text', 'A text in place of the protected header.', frame('a138', new Map(), payload, signature)),
  nitro('payload-text-es256', 'A payload that is a text, under a header that names ES256.', frame(es256, new Map(), 'payload', signature)),
  nitro('signature-null-es256', 'No signature, under a header that names ES256.', frame(es256, new Map(), payload, null)),
  nitro('payload-and-header-list', 'Lists in place of payload and header.', frame([], new Map(), [], signature)),
  nitro('module-id-bytes', 'A module id of bytes, and an unknown root.', strange({ module_id: utf8('i-0-enc0') })),
  nitro('pcrs-without-0-root', 'Registers without the first, and an unknown root.', strange({ pcrs: new Map([[1, PCR0]]) })),
  nitro('pcrs-empty-list', 'Registers as a list of none, and an unknown root.', strange({ pcrs: [] })),
  nitro('pcrs-of-numbers', 'A register as a list of 48 numbers.', {
    evidence: nitroEvidence({ pcrs: new Map([[0, [...PCR0]]]) }),
    code: 'MALFORMED',
  }),
  nitro('cabundle-item-empty', 'An authority of no bytes, above a leaf signed with SHA-1.', bundle(nitroRoot, new Uint8Array())),
  nitro('cabundle-item-text', 'An authority that is a text, above a leaf signed with SHA-1.', bundle(nitroRoot, 'zone')),
  nitro('signature-on-p256-sha384', 'The leaf’s key is on P-256, and it has signed with SHA-384, as keys on P-384 do.', {
    evidence: nitroMessage(encode(nitroMembers({ certificate: leafOf(small) })), {
      ...small,
      raw: (message) => small.raw(message, 'SHA-384'),
    }),
    code: 'SIGNATURE_INVALID',
  }),
  nitro('leaf-sha1', 'A leaf signed with SHA-1.', {
    evidence: nitroEvidence({ certificate: leaf, cabundle: [nitroRoot, nitroZone] }),
    code: 'UNSUPPORTED',
  }),
  azure('number', 'A number in place of the evidence.', { evidence: utf8('5'), code: 'MALFORMED' }),
  azure(
    'data-key-number-beside',
    'A number beside the attestation key.',
    data((key) => [5, key]),
  ),
  azure(
    'data-key-list-beside',
    'A list beside the attestation key.',
    data((key) => [[], key]),
  ),
  azure('vcek-missing-kind', 'Without the chip’s certificate, and of hardware that nobody knows.', {
    evidence: azureEvidence({ hclKind: 3, changes: { vcek: undefined } }),
    code: 'MALFORMED',
  }),
  tdx('info-year-10000', 'A date after the year 9999.', until('+010000-01-01T00:00:00Z')),
  tpm('registers-97-root', '97 registers without a byte, and an unknown root.', {
    evidence: tpmEvidence(attest(), tpmKeys.ak, Array<Uint8Array>(97).fill(new Uint8Array())),
    roots: 'vendors',
    code: 'MALFORMED',
  }),
  tpm('x509-eight-known', 'Eight authorities, all known to the verifier.', {
    endorsements: { certificates: [below] },
    roots: { tpm: { ...tpmRoots.tpm, intermediates: known } },
    now: NOW,
    code: 'CHAIN_INVALID',
  }),
]
