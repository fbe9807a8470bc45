import { concatBytes, utf8 } from '@opengradient/protocol'
import { DAY, issue, NOW, strange } from '../../../src/testkit/ca.testkit.ts'
import { extension, int, NULL, name, oid, seq, time, tlv, wrap } from '../../../src/testkit/der.testkit.ts'
import { flip } from '../../../src/testkit/flip.testkit.ts'
import { akCertificate, tpmCrl, tpmEvidence, tpmKeys, tpmRoot, tpmRoots } from '../../../src/testkit/tpm.testkit.ts'
import { craftList, type ListParts } from '../cast.ts'
import { type Case, type Story, tell } from '../story.ts'

const story = tell({ platform: 'tpm', evidence: tpmEvidence(), roots: tpmRoots })
const { root } = tpmKeys
const base = { by: root, issuer: name('tpm root') }
const listed = (...crls: readonly Uint8Array[]): Case => ({ endorsements: { certificates: [akCertificate(), tpmRoot], crls } })
const list = (parts: Partial<ListParts>, code?: Story['code']): Case => ({
  ...listed(craftList({ ...base, ...parts })),
  ...(code ? { code } : {}),
})
const WHEN = time(NOW - DAY)
const entry = (serial: Uint8Array, ...more: readonly Uint8Array[]): Uint8Array => seq(serial, WHEN, ...more)
const reason = (critical: boolean): Uint8Array => seq(extension('2.5.29.21', tlv(10, Uint8Array.of(1)), critical))
const numbered = (value: Uint8Array): Partial<ListParts> => ({ extensions: wrap(0, seq(extension('2.5.29.20', value))) })
const GOOD = craftList(base)
/** A root whose key may not sign lists. */
const usageOf = (usage: readonly number[] | undefined): Case => {
  const certificate = issue({ subject: 'tpm root', issuer: 'tpm root', key: root, by: root, ca: true, ...(usage ? { usage } : {}) })
  return {
    endorsements: { certificates: [akCertificate(), certificate], crls: [tpmCrl()] },
    roots: { tpm: { anchors: [{ certificate, trust: 'development' }] } },
  }
}

export const lists: readonly Story[] = [
  story('list-good', 'The list that the following ones change.', list({})),
  story('list-others', 'A list that names other certificates.', list({ revoked: seq(entry(int(1)), entry(int(32), reason(false))) })),
  story('list-no-extensions', 'A list without extensions.', list({ extensions: new Uint8Array() })),
  story('list-no-number', 'A list without a number.', list({ extensions: wrap(0, seq(strange(false))) })),
  story('list-number-20', 'A list with a number of 20 bytes.', list(numbered(int(new Uint8Array(20).fill(0x7f))))),
  story('list-first-second', 'In its first second.', list({ dates: concatBytes(time(NOW), time(NOW + DAY)) })),
  story('list-last-second', 'In its last second.', list({ dates: concatBytes(time(NOW - DAY), time(NOW)) })),
  story(
    'list-generalized',
    'A list that need not be replaced before 2050.',
    list({ dates: concatBytes(WHEN, tlv(0x18, utf8('20500101000000Z'))) }),
  ),
  story('list-root-open', 'The list of a root that does not restrict the uses of its key.', usageOf(undefined)),
  story(
    'list-earliest',
    'Of two lists, the first ends earlier.',
    listed(craftList({ ...base, dates: concatBytes(WHEN, time(NOW + 60)) }), GOOD),
  ),
  story(
    'list-later',
    'Of two lists, the second ends earlier.',
    listed(GOOD, craftList({ ...base, dates: concatBytes(WHEN, time(NOW + 60)) })),
  ),

  story('list-revoked', 'The list names the key’s certificate.', list({ revoked: seq(entry(int(31))) }, 'CERT_REVOKED')),
  story(
    'list-revoked-last',
    'The list names the key’s certificate last.',
    list({ revoked: seq(entry(int(1)), entry(int(31), reason(false))) }, 'CERT_REVOKED'),
  ),
  story('list-usage', 'The root’s key may sign certificates, not lists.', { ...usageOf([5]), code: 'CRL_INVALID' }),
  story('list-cut', 'The list lacks its last byte.', { ...listed(GOOD.subarray(0, -1)), code: 'CRL_INVALID' }),
  story('list-trailing', 'A byte after the list.', list({ after: Uint8Array.of(0) }, 'CRL_INVALID')),
  story('list-inside', 'Something after the signature.', list({ inside: NULL }, 'CRL_INVALID')),
  story('list-more', 'Something after the extensions.', list({ more: NULL }, 'CRL_INVALID')),
  story('list-flipped', 'One bit of the signature is another.', { ...listed(flip(GOOD, -1)), code: 'CRL_INVALID' }),
  story('list-signed-by-another', 'Another key has signed.', { ...listed(craftList({ ...base, by: tpmKeys.rsaAk })), code: 'CRL_INVALID' }),
  story('list-version', 'A list of version 1.', list({ version: new Uint8Array() }, 'CRL_INVALID')),
  story('list-version-3', 'A list of version 3.', list({ version: int(2) }, 'CRL_INVALID')),
  story(
    'list-two-algorithms',
    'One algorithm inside, another outside.',
    list({ outerAlgorithm: seq(oid('1.2.840.113549.1.1.12'), NULL) }, 'CRL_INVALID'),
  ),
  story('list-sha1', 'Signed with SHA-1.', list({ algorithm: seq(oid('1.2.840.113549.1.1.5'), NULL) }, 'UNSUPPORTED')),
  story('list-no-next', 'A list that never need be replaced.', list({ dates: WHEN }, 'CRL_INVALID')),
  story('list-empty-written-out', 'An empty list of serials that is written out.', list({ revoked: seq() }, 'CRL_INVALID')),
  story('list-serial-long', 'A serial of 21 bytes.', list({ revoked: seq(entry(int(new Uint8Array(21).fill(1)))) }, 'CRL_INVALID')),
  story('list-entry-undated', 'A serial without a date.', list({ revoked: seq(seq(int(1))) }, 'CRL_INVALID')),
  story('list-entry-critical', 'A critical extension of one serial.', list({ revoked: seq(entry(int(1), reason(true))) }, 'CRL_INVALID')),
  story('list-entry-trailing', 'Something after an entry.', list({ revoked: seq(entry(int(1), reason(false), NULL)) }, 'CRL_INVALID')),
  story(
    'list-critical',
    'A critical extension: a list of changes only.',
    list({ extensions: wrap(0, seq(extension('2.5.29.27', int(4), true))) }, 'CRL_INVALID'),
  ),
  story(
    'list-extensions-trailing',
    'Something after the list’s extensions.',
    list({ extensions: wrap(0, seq(strange(false)), NULL) }, 'CRL_INVALID'),
  ),
  story('list-number-trailing', 'Something after the number.', list(numbered(concatBytes(int(5), NULL)), 'CRL_INVALID')),
  story('list-number-negative', 'A negative number.', list(numbered(tlv(2, Uint8Array.of(0x85))), 'CRL_INVALID')),
  story('list-number-21', 'A number of 21 bytes.', list(numbered(int(new Uint8Array(21).fill(1))), 'CRL_INVALID')),
]
