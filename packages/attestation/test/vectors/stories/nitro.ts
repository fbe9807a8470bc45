import { concatBytes, utf8 } from '@opengradient/protocol'
import { encode } from 'cborg'
import { AUTHORITY, DAY, issue, LEAF, NOW } from '../../../src/testkit/ca.testkit.ts'
import { flip, patched } from '../../../src/testkit/flip.testkit.ts'
import { ecKey } from '../../../src/testkit/keys.testkit.ts'
import {
  indefinite,
  nitroEvidence,
  nitroKeys,
  nitroLeaf,
  nitroMembers,
  nitroMessage,
  nitroRoot,
  nitroRoots,
  nitroZone,
  PCR0,
} from '../../../src/testkit/nitro.testkit.ts'
import { find, flipIn } from '../cast.ts'
import { type Story, tell } from '../story.ts'

const EVIDENCE = nitroEvidence()
const story = tell({ platform: 'nitro', evidence: EVIDENCE, roots: nitroRoots })
const signed = (changes: Record<string, unknown>): { evidence: Uint8Array } => ({ evidence: nitroEvidence(changes) })
const raw = (payload: Uint8Array): { evidence: Uint8Array } => ({ evidence: nitroMessage(payload) })
const zero = new Uint8Array(48)
const other = ecKey('P-384', 'other')
const fake = ecKey('P-384', 'fake root')
const leaf = (o: object): Uint8Array =>
  issue({
    subject: 'enclave',
    issuer: 'zone',
    key: nitroKeys.leaf,
    by: nitroKeys.zone,
    ...LEAF,
    notBefore: NOW - 3600,
    notAfter: NOW + 7200,
    ...o,
  })
const zone = (o: object): Uint8Array =>
  issue({ subject: 'zone', issuer: 'nitro root', key: nitroKeys.zone, by: nitroKeys.root, ...AUTHORITY, pathLength: 0, ...o })
const below = (certificate: Uint8Array, middle = nitroZone): { evidence: Uint8Array } =>
  signed({ certificate, cabundle: [nitroRoot, middle] })
const hardware = { aws: { anchors: [{ certificate: nitroRoot, trust: 'hardware' as const }] } }
const { digest: _, ...withoutDigest } = nitroMembers()
const payload = encode(nitroMembers())
const frame = (...parts: readonly unknown[]): { evidence: Uint8Array } => ({ evidence: encode(parts) })
const header = Uint8Array.of(0xa1, 1, 0x38, 0x22)
const signature = EVIDENCE.subarray(-96)
const longest = (length: number): Uint8Array => {
  const keys = Array.from({ length }, (_, i) => ecKey('P-384', `authority ${i}`))
  const authorities = keys.map((key, i) =>
    issue({
      subject: `authority ${i}`,
      issuer: i === 0 ? 'nitro root' : `authority ${i - 1}`,
      key,
      by: keys[i - 1] ?? nitroKeys.root,
      ...AUTHORITY,
    }),
  )
  const certificate = leaf({ issuer: `authority ${length - 1}`, by: keys[length - 1] })
  return nitroEvidence({ certificate, cabundle: [nitroRoot, ...authorities] })
}
const many = (count: number): Map<number, Uint8Array> =>
  new Map(Array.from({ length: count }, (_, i) => [i, new Uint8Array(48).fill(i + 1)]))

export const nitro: readonly Story[] = [
  story('definite', 'The document as a map of definite length.'),
  story('indefinite', 'The document as a map of indefinite length, as the hardware writes it.', raw(indefinite(nitroMembers()))),
  story('hardware', 'Under a root that stands for hardware it reaches the level tee.', {
    roots: hardware,
    policy: { allowDevelopment: false },
  }),
  story('first-second', 'In the first second of the leaf’s life.', {
    now: NOW - 3600,
    evidence: nitroEvidence({ timestamp: (NOW - 3600) * 1000 }),
  }),
  story('last-second', 'In the last second of the leaf’s life.', { now: NOW + 7200 }),
  story('root-left-out', 'The bundle ends below the root, which the verifier has.', signed({ cabundle: [nitroZone] })),
  story('longest-path', 'Seven authorities: the longest bundle and path.', { evidence: longest(6) }),
  story('bare', 'Nothing of what the enclave may add.', signed({ user_data: null, nonce: null, public_key: null })),
  story(
    'optional-absent',
    'The optional members are not there at all.',
    raw(encode(Object.fromEntries(Object.entries(nitroMembers()).slice(0, 6)))),
  ),
  story(
    'full',
    'All registers, a public key, and fields of 1,024 bytes.',
    signed({
      pcrs: many(32),
      public_key: new Uint8Array(1024).fill(1),
      user_data: new Uint8Array(1024).fill(2),
      nonce: new Uint8Array(1024).fill(3),
      module_id: `i-${'0'.repeat(254)}`,
    }),
  ),
  story('debug-allowed', 'An enclave in debug mode, under a policy that allows it.', {
    ...signed({
      pcrs: new Map([
        [0, zero],
        [1, zero],
      ]),
    }),
    policy: { allowDebug: true },
  }),
  story('ahead', 'The clock of the evidence is ahead by what the policy allows.', signed({ timestamp: (NOW + 300) * 1000 })),
  story('usage-open', 'A leaf that does not restrict the uses of its key.', below(leaf({ usage: undefined }))),
  story('path-length-unlimited', 'An authority without a limit of its path.', below(nitroLeaf, zone({ pathLength: undefined }))),
  story('long-key-and-value', 'A user’s data of 300 bytes: a length in two bytes.', signed({ user_data: new Uint8Array(300).fill(7) })),

  ...[
    ['frame', 0],
    ['protected-length', 1],
    ['algorithm', 4],
    ['unprotected-header', 6],
    ['payload-length', 8],
  ].map(([name, at]) =>
    story(`flip-${name}`, `One bit of the message is another: ${name}.`, {
      evidence: flip(EVIDENCE, Number(at), 1),
      code: name === 'algorithm' ? 'UNSUPPORTED' : 'MALFORMED',
    }),
  ),
  story('flip-module-id', 'One bit of the module id is another.', {
    evidence: flipIn(EVIDENCE, utf8('i-0123456789abcdef0'), 5),
    code: 'SIGNATURE_INVALID',
  }),
  story('flip-timestamp', 'One bit of the time is another.', {
    evidence: flip(EVIDENCE, find(EVIDENCE, encode((NOW - 60) * 1000)) + 6),
    code: 'SIGNATURE_INVALID',
  }),
  story('flip-pcr0', 'One bit of register 0 is another.', { evidence: flipIn(EVIDENCE, PCR0, 17), code: 'SIGNATURE_INVALID' }),
  story('flip-user-data', 'One bit of the user’s data is another.', {
    evidence: flipIn(EVIDENCE, utf8('report data')),
    code: 'SIGNATURE_INVALID',
  }),
  story('flip-nonce', 'One bit of the nonce is another.', {
    evidence: flipIn(EVIDENCE, concatBytes(Uint8Array.of(0x45), utf8('nonce')), 3),
    code: 'SIGNATURE_INVALID',
  }),
  story('flip-leaf', 'One bit of the leaf certificate is another: of its signature.', {
    evidence: flip(EVIDENCE, find(EVIDENCE, nitroLeaf) + nitroLeaf.length - 1),
    code: 'CHAIN_INVALID',
  }),
  story('flip-leaf-key', 'One bit of the leaf’s key is another.', {
    evidence: flip(EVIDENCE, find(EVIDENCE, nitroLeaf) + find(nitroLeaf, nitroKeys.leaf.spki) + 60),
    code: 'CHAIN_INVALID',
  }),
  story('flip-authority', 'One bit of the authority is another.', {
    evidence: flip(EVIDENCE, find(EVIDENCE, nitroZone) + nitroZone.length - 3),
    code: 'CHAIN_INVALID',
  }),
  story('flip-root', 'One bit of the root is another: it is no root any more.', {
    evidence: flip(EVIDENCE, find(EVIDENCE, nitroRoot) + nitroRoot.length - 3),
    code: 'UNTRUSTED_ROOT',
  }),
  story('flip-signature-r', 'One bit of r is another.', { evidence: flip(EVIDENCE, -90), code: 'SIGNATURE_INVALID' }),
  story('flip-signature-s', 'One bit of s is another.', { evidence: flip(EVIDENCE, -1), code: 'SIGNATURE_INVALID' }),
  story('signature-zero', 'A signature of zeros.', { ...frame(header, new Map(), payload, new Uint8Array(96)), code: 'SIGNATURE_INVALID' }),
  story('signature-short', 'A signature of 95 bytes.', {
    ...frame(header, new Map(), payload, signature.subarray(1)),
    code: 'SIGNATURE_INVALID',
  }),
  story('signature-by-another', 'Another key has signed.', { evidence: nitroMessage(payload, other), code: 'SIGNATURE_INVALID' }),
  story('signature-on-p256', 'The leaf’s key is on P-256, and it has signed.', {
    evidence: nitroMessage(encode(nitroMembers({ certificate: leaf({ key: ecKey('P-256', 'small') }) })), ecKey('P-256', 'small')),
    code: 'SIGNATURE_INVALID',
  }),
  story('payload-of-another', 'The payload of another message under this signature.', {
    ...frame(header, new Map(), encode(nitroMembers({ timestamp: (NOW - 61) * 1000 })), signature),
    code: 'SIGNATURE_INVALID',
  }),

  story('cut', 'The last byte is missing.', { evidence: EVIDENCE.subarray(0, -1), code: 'MALFORMED' }),
  story('empty', 'No bytes.', { evidence: new Uint8Array(), code: 'MALFORMED' }),
  story('trailing', 'One byte after the message.', { evidence: concatBytes(EVIDENCE, Uint8Array.of(0)), code: 'MALFORMED' }),
  story('trailing-in-payload', 'One byte after the document, signed along.', {
    ...raw(concatBytes(payload, Uint8Array.of(0))),
    code: 'MALFORMED',
  }),
  story('tagged', 'With the tag of a COSE_Sign1.', { evidence: concatBytes(Uint8Array.of(0xd2), EVIDENCE), code: 'MALFORMED' }),
  story('non-minimal-list', 'The length of the list takes a byte too many.', {
    evidence: concatBytes(Uint8Array.of(0x98, 4), EVIDENCE.subarray(1)),
    code: 'MALFORMED',
  }),
  story('indefinite-frame', 'The message itself as a list of indefinite length.', {
    evidence: concatBytes(Uint8Array.of(0x9f), EVIDENCE.subarray(1), Uint8Array.of(0xff)),
    code: 'MALFORMED',
  }),
  story('huge-length', 'A payload that says it has 2^32 − 1 bytes.', {
    evidence: concatBytes(EVIDENCE.subarray(0, 7), Uint8Array.of(0x5a, 255, 255, 255, 255), payload),
    code: 'MALFORMED',
  }),
  story('length-of-eight-bytes', 'A payload that says it has 2^64 − 1 bytes.', {
    evidence: concatBytes(EVIDENCE.subarray(0, 7), Uint8Array.of(0x5b), new Uint8Array(8).fill(255), payload),
    code: 'MALFORMED',
  }),
  story('too-long', 'Evidence of more than 65,536 bytes.', {
    evidence: concatBytes(EVIDENCE, new Uint8Array(65_537 - EVIDENCE.length)),
    code: 'MALFORMED',
  }),
  story('another-list', 'A list of five.', { ...frame(header, new Map(), payload, signature, 0), code: 'MALFORMED' }),
  story('not-a-list', 'A map in place of the list.', { evidence: encode({}), code: 'MALFORMED' }),
  story('unprotected-header', 'Something in the unprotected header, which nobody signs.', {
    ...frame(header, new Map([[4, header]]), payload, signature),
    code: 'MALFORMED',
  }),
  story('unprotected-list', 'A list in place of the unprotected header.', { ...frame(header, [], payload, signature), code: 'MALFORMED' }),
  story('payload-text', 'The payload as a text.', { ...frame(header, new Map(), 'payload', signature), code: 'MALFORMED' }),
  story('header-null', 'No protected header.', { ...frame(null, new Map(), payload, signature), code: 'MALFORMED' }),
  story('signature-null', 'No signature.', { ...frame(header, new Map(), payload, null), code: 'MALFORMED' }),
  story('es256', 'The protected header names ES256.', {
    evidence: nitroMessage(payload, nitroKeys.leaf, Uint8Array.of(0xa1, 1, 0x26)),
    code: 'UNSUPPORTED',
  }),
  story('document-list', 'The document is a list.', { ...raw(encode([1, 2])), code: 'MALFORMED' }),
  story('key-twice', 'The nonce is there twice.', {
    ...raw(concatBytes(indefinite(nitroMembers()).subarray(0, -1), encode('nonce'), encode(utf8('other')), Uint8Array.of(0xff))),
    code: 'MALFORMED',
  }),
  story('key-twice-definite', 'A register is there twice.', {
    ...raw(patched(payload, find(payload, encode(PCR0)) + 50, [0])),
    code: 'MALFORMED',
  }),
  story('key-of-bytes', 'A key of bytes in the map of registers.', {
    ...raw(concatBytes(Uint8Array.of(0xbf), encode('pcrs'), Uint8Array.of(0xa1, 0x41, 0), encode(PCR0), Uint8Array.of(0xff))),
    code: 'MALFORMED',
  }),
  story('float', 'A number as a float.', { ...signed({ timestamp: 1.5 }), code: 'MALFORMED' }),
  story('negative', 'A negative time.', { ...signed({ timestamp: -5 }), code: 'MALFORMED' }),
  story('unending', 'A map of indefinite length without its end.', {
    ...raw(indefinite(nitroMembers()).subarray(0, -1)),
    code: 'MALFORMED',
  }),
  story('non-minimal-number', 'A register’s number takes a byte too many.', {
    ...raw(concatBytes(payload.subarray(0, find(payload, PCR0) - 3), Uint8Array.of(0x18, 0), payload.subarray(find(payload, PCR0) - 2))),
    code: 'MALFORMED',
  }),
  story('text-not-utf8', 'A module id that is not UTF-8.', {
    ...raw(patched(payload, find(payload, utf8('i-0123456789')), [0xff])),
    code: 'MALFORMED',
  }),
  story('member-missing', 'Without the name of the digest.', { ...raw(encode(withoutDigest)), code: 'MALFORMED' }),
  story('member-unknown', 'A member that nobody knows.', { ...signed({ surprise: 1 }), code: 'MALFORMED' }),
  story('digest', 'Registers of another hash.', { ...signed({ digest: 'SHA256' }), code: 'UNSUPPORTED' }),
  story('module-id-empty', 'An empty module id.', { ...signed({ module_id: '' }), code: 'MALFORMED' }),
  story('module-id-long', 'A module id of 257 characters.', { ...signed({ module_id: 'i'.repeat(257) }), code: 'MALFORMED' }),
  story('module-id-number', 'A module id that is a number.', { ...signed({ module_id: 7 }), code: 'MALFORMED' }),
  story('timestamp-zero', 'Time 0.', { ...signed({ timestamp: 0 }), code: 'MALFORMED' }),
  story('timestamp-huge', 'A time beyond 2^53.', { ...signed({ timestamp: 2n ** 60n }), code: 'MALFORMED' }),
  story('timestamp-text', 'The time as a text.', { ...signed({ timestamp: 'now' }), code: 'MALFORMED' }),
  story('pcrs-without-0', 'Registers without the first.', { ...signed({ pcrs: new Map([[1, PCR0]]) }), code: 'MALFORMED' }),
  story('pcrs-short', 'A register of 32 bytes.', { ...signed({ pcrs: new Map([[0, PCR0.subarray(16)]]) }), code: 'MALFORMED' }),
  story('pcrs-text', 'A register that is a text.', { ...signed({ pcrs: new Map([[0, 'a'.repeat(48)]]) }), code: 'MALFORMED' }),
  story('pcrs-32', 'Register 32.', {
    ...signed({
      pcrs: new Map([
        [0, PCR0],
        [32, PCR0],
      ]),
    }),
    code: 'MALFORMED',
  }),
  story('pcrs-named', 'A register under a text.', {
    ...signed({
      pcrs: new Map<unknown, Uint8Array>([
        [0, PCR0],
        ['1', PCR0],
      ]),
    }),
    code: 'MALFORMED',
  }),
  story('pcrs-list', 'Registers as a list.', { ...signed({ pcrs: [PCR0] }), code: 'MALFORMED' }),
  story('cabundle-empty', 'No certificates of authorities.', { ...signed({ cabundle: [] }), code: 'MALFORMED' }),
  story('cabundle-text', 'A text in place of the certificates.', { ...signed({ cabundle: 'root' }), code: 'MALFORMED' }),
  story('cabundle-eight', 'Eight certificates of authorities.', { evidence: longest(7), code: 'MALFORMED' }),
  story('cabundle-item', 'A number among the certificates.', { ...signed({ cabundle: [nitroRoot, 5] }), code: 'MALFORMED' }),
  story('certificate-empty', 'A certificate of no bytes.', { ...signed({ certificate: new Uint8Array() }), code: 'MALFORMED' }),
  story('certificate-long', 'A certificate of more than 1,024 bytes.', { ...below(leaf({ subject: 'x'.repeat(700) })), code: 'MALFORMED' }),
  story('user-data-long', '1,025 bytes of the user’s data.', { ...signed({ user_data: new Uint8Array(1025) }), code: 'MALFORMED' }),
  story('user-data-text', 'The user’s data as a text.', { ...signed({ user_data: 'text' }), code: 'MALFORMED' }),
  story('now-negative', 'A time of verification before 1970.', { now: -1, code: 'MALFORMED' }),

  story('vendor-roots', 'Development evidence under the roots of the vendors.', { roots: 'vendors', code: 'UNTRUSTED_ROOT' }),
  story('no-roots', 'No root is trusted.', { roots: {}, code: 'UNTRUSTED_ROOT' }),
  story('lookalike-root', 'A root with the right name and another key, its chain complete.', {
    ...signed({
      cabundle: [issue({ subject: 'nitro root', issuer: 'nitro root', key: fake, by: fake, ...AUTHORITY }), zone({ by: fake })],
    }),
    code: 'UNTRUSTED_ROOT',
  }),
  story('authority-by-another', 'An authority that another key than the root’s has signed.', {
    ...below(nitroLeaf, zone({ by: fake })),
    code: 'CHAIN_INVALID',
  }),
  story('leaf-by-itself', 'A leaf that the enclave has signed itself.', {
    evidence: nitroMessage(encode(nitroMembers({ certificate: leaf({ key: other, by: other }) })), other),
    code: 'CHAIN_INVALID',
  }),
  story('wrong-issuer', 'The leaf names another issuer than the next certificate.', {
    ...below(leaf({ issuer: 'another zone' })),
    code: 'CHAIN_INVALID',
  }),
  story('authority-missing', 'The authority between leaf and root is left out.', {
    ...signed({ cabundle: [nitroRoot] }),
    code: 'CHAIN_INVALID',
  }),
  story('bundle-reversed', 'The authorities in the other order.', {
    ...signed({ cabundle: [nitroZone, nitroRoot] }),
    code: 'CHAIN_INVALID',
  }),
  story('authority-without-ca', 'The authority’s certificate does not say that it is one.', {
    ...below(nitroLeaf, zone({ ca: false, pathLength: undefined })),
    code: 'CHAIN_INVALID',
  }),
  story('authority-key-usage', 'The authority’s key may sign data and lists only.', {
    ...below(nitroLeaf, zone({ usage: [0, 6] })),
    code: 'CHAIN_INVALID',
  }),
  story('path-length', 'An authority below one that may not have any.', {
    evidence: (() => {
      const second = issue({ subject: 'second', issuer: 'zone', key: other, by: nitroKeys.zone, ...AUTHORITY })
      return nitroEvidence({ certificate: leaf({ issuer: 'second', by: other }), cabundle: [nitroRoot, nitroZone, second] })
    })(),
    code: 'CHAIN_INVALID',
  }),
  story('leaf-authority', 'The leaf is an authority.', { ...below(leaf({ ca: true })), code: 'CHAIN_INVALID' }),
  story('leaf-key-usage', 'The leaf’s key may not sign data.', { ...below(leaf({ usage: [4] })), code: 'CHAIN_INVALID' }),
  story('leaf-expired', 'One second after the leaf’s life.', { now: NOW + 7201, code: 'CERT_EXPIRED' }),
  story('leaf-not-yet', 'One second before the leaf’s life.', { now: NOW - 3601, code: 'CERT_EXPIRED' }),
  story('authority-expired', 'The authority has expired.', { ...below(nitroLeaf, zone({ notAfter: NOW - 1 })), code: 'CERT_EXPIRED' }),
  story('leaf-of-another', 'The leaf of another enclave, whole and genuine.', {
    ...below(leaf({ key: other })),
    code: 'SIGNATURE_INVALID',
  }),
  story('debug', 'An enclave in debug mode: its registers are zero.', { ...signed({ pcrs: new Map([[0, zero]]) }), code: 'DEBUG_ENABLED' }),
  story('lives-too-long', 'A leaf that lives longer than a day, and nobody publishes lists.', {
    ...below(leaf({ notAfter: NOW + DAY })),
    code: 'CRL_MISSING',
  }),
]
