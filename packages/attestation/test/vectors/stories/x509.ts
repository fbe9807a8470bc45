import { concatBytes, utf8 } from '@opengradient/protocol'
import { AUTHORITY, DAY, issue, NOW, strange } from '../../../src/testkit/ca.testkit.ts'
import { bits, extension, int, NULL, name, octets, oid, seq, set, TRUE, text, time, tlv, wrap } from '../../../src/testkit/der.testkit.ts'
import { flip, patched } from '../../../src/testkit/flip.testkit.ts'
import { ecKey, rsaKey } from '../../../src/testkit/keys.testkit.ts'
import { tpmCrl, tpmEvidence, tpmKeys, tpmRoot, tpmRoots } from '../../../src/testkit/tpm.testkit.ts'
import { type CertificateParts, craft, find, IS_AUTHORITY, NO_AUTHORITY, usage } from '../cast.ts'
import { type Case, type Story, tell } from '../story.ts'

const story = tell({ platform: 'tpm', evidence: tpmEvidence(), roots: tpmRoots })
const { root, ak } = tpmKeys
const ROOT = name('tpm root')
const base = { by: root, key: ak, issuer: ROOT }
const under = (...certificates: readonly Uint8Array[]): Case => ({ endorsements: { certificates, crls: [tpmCrl()] } })
/** The attestation key's certificate with parts of its own. */
const leaf = (parts: Partial<CertificateParts>, code?: Story['code']): Case => ({
  ...under(craft({ ...base, ...parts }), tpmRoot),
  ...(code ? { code } : {}),
})
const extensions = (...items: readonly Uint8Array[]): Partial<CertificateParts> => ({ extensions: wrap(3, seq(...items)) })
const USE = usage(0x80, 7)
const middle = ecKey('P-384', 'middle')
const last = ecKey('P-256', 'last')
/** The attestation key below an authority with extensions of its own. */
const authority = (items: readonly Uint8Array[], key = middle, parts: Partial<CertificateParts> = {}): Case =>
  under(
    craft({ ...base, by: key, issuer: name('middle') }),
    craft({ ...base, key, subject: name('middle'), ...extensions(...items), ...parts }),
    tpmRoot,
  )
/** The attestation key's certificate by an authority with this key, which signs it like this. */
const signedBy = (key: typeof middle, parts: Partial<CertificateParts> = {}): Case =>
  under(
    craft({ ...base, by: key, issuer: name('middle'), ...parts }),
    craft({ ...base, key, subject: name('middle'), ...extensions(IS_AUTHORITY, usage(0x06, 1)) }),
    tpmRoot,
  )
const SIGNER = usage(0x06, 1)
const FALSE = tlv(1, Uint8Array.of(0))
const utc = (digits: string): Uint8Array => tlv(0x17, utf8(digits))
const generalized = (digits: string): Uint8Array => tlv(0x18, utf8(digits))
const START = time(NOW - 100 * DAY)
const END = time(NOW + 100 * DAY)
const until = (end: Uint8Array): Partial<CertificateParts> => ({ validity: seq(START, end) })
const pss = rsaKey('pss', 'pss authority')
const rsa = tpmKeys.rsaAk
const GOOD = craft(base)
const PSS = '1.2.840.113549.1.1.10'
const MGF1 = '1.2.840.113549.1.1.8'
const SHA384 = seq(oid('2.16.840.1.101.3.4.2.2'), NULL)
const SHA256 = seq(oid('2.16.840.1.101.3.4.2.1'), NULL)
const pssOf = (...params: readonly Uint8Array[]): Partial<CertificateParts> => ({ algorithm: seq(oid(PSS), seq(...params)) })
const mask = (hash: Uint8Array, id = MGF1): Uint8Array => wrap(1, seq(oid(id), hash))
const PARAMS = [wrap(0, SHA384), mask(SHA384), wrap(2, int(48))] as const
const pkcs1 = (...more: readonly Uint8Array[]): Partial<CertificateParts> => ({ algorithm: seq(oid('1.2.840.113549.1.1.11'), ...more) })
const modulus = rsa.key.kind === 'rsa' ? rsa.key.modulus : new Uint8Array()
const rsaSpki = (o: {
  n?: Uint8Array
  e?: number
  algorithm?: Uint8Array
  more?: Uint8Array
  after?: Uint8Array
  unused?: number
}): Partial<CertificateParts> => ({
  spki: seq(
    o.algorithm ?? seq(oid('1.2.840.113549.1.1.1'), NULL),
    bits(seq(int(o.n ?? modulus), int(o.e ?? 65_537), o.more ?? new Uint8Array()), o.unused ?? 0),
    o.after ?? new Uint8Array(),
  ),
})
const rsaLeaf = (o: Parameters<typeof rsaSpki>[0], code?: Story['code']): Case => ({
  ...leaf(rsaSpki(o), code),
  evidence: tpmEvidence(undefined, rsa),
})
const point = ak.key.kind === 'ec' ? ak.key.point : new Uint8Array()
const EC = oid('1.2.840.10045.2.1')
const P256 = oid('1.2.840.10045.3.1.7')
/** The certificate with its outer length written in another way. */
const outer = (head: readonly number[]): Uint8Array => concatBytes(Uint8Array.from(head), GOOD.subarray(4))
const size = GOOD.length - 4
const raw = (signed: Uint8Array): Uint8Array => middle.der(signed)
const long = Array.from({ length: 7 }, (_, i) => ecKey('P-256', `long ${i}`))
const longChain = (count: number): Uint8Array[] => {
  const keys = long.slice(0, count)
  const authorities = keys.map((key, i) =>
    craft({
      ...base,
      by: keys[i - 1] ?? root,
      issuer: i === 0 ? ROOT : name(`long ${i - 1}`),
      key,
      subject: name(`long ${i}`),
      ...extensions(IS_AUTHORITY, SIGNER),
    }),
  )
  return [craft({ ...base, by: keys.at(-1)!, issuer: name(`long ${count - 1}`) }), ...authorities.toReversed(), tpmRoot]
}
const lonely = { policy: { revocation: 'optional' as const } }

export const x509: readonly Story[] = [
  story('x509-good', 'The certificate that the following ones change.', leaf({})),
  story('x509-ecdsa-sha384', 'Signed by an authority on P-384.', { ...signedBy(middle), ...lonely }),
  story('x509-ecdsa-sha512', 'The same with SHA-512.', {
    ...signedBy(middle, {
      algorithm: seq(oid('1.2.840.10045.4.3.4')),
      signature: (signed) => {
        const signature = middle.raw(signed, 'SHA-512')
        return bits(seq(int(signature.subarray(0, 48)), int(signature.subarray(48))))
      },
    }),
    ...lonely,
  }),
  story('x509-pss', 'Signed by RSASSA-PSS with SHA-384.', { ...signedBy(pss), ...lonely }),
  story('x509-pss-trailer', 'The same with the trailer field written out.', {
    ...signedBy(pss, pssOf(...PARAMS, wrap(3, int(1)))),
    ...lonely,
  }),
  story('x509-pss-without-nulls', 'The same without the parameters of its hashes.', {
    ...signedBy(pss, pssOf(wrap(0, seq(oid('2.16.840.1.101.3.4.2.2'))), mask(seq(oid('2.16.840.1.101.3.4.2.2'))), wrap(2, int(48)))),
    ...lonely,
  }),
  story('x509-pss-sha256', 'PSS with SHA-256.', {
    ...signedBy(pss, {
      ...pssOf(wrap(0, SHA256), mask(SHA256), wrap(2, int(32))),
      signature: (signed) => bits(pss.raw(signed, 'SHA-256')),
    }),
    ...lonely,
  }),
  story(
    'x509-pkcs1-sha384',
    'PKCS #1 with SHA-384.',
    leaf({ algorithm: seq(oid('1.2.840.113549.1.1.12'), NULL), signature: (signed) => bits(root.raw(signed, 'SHA-384')) }),
  ),
  story(
    'x509-pkcs1-sha512',
    'PKCS #1 with SHA-512.',
    leaf({ algorithm: seq(oid('1.2.840.113549.1.1.13'), NULL), signature: (signed) => bits(root.raw(signed, 'SHA-512')) }),
  ),
  story('x509-rsa-key', 'The certificate of an RSA key.', rsaLeaf({})),
  story('x509-generalized', 'Dates from 2050 on in their own form.', leaf(until(generalized('20500101000000Z')))),
  story('x509-old', 'Valid since 1970.', leaf({ validity: seq(utc('700101000000Z'), END) })),
  story('x509-leap-day', 'Valid until a leap day.', leaf(until(utc('280229235959Z')))),
  story('x509-2049', 'Valid until the last second that the short form has.', leaf(until(utc('491231235959Z')))),
  story('x509-first-second', 'In its first second.', leaf({ validity: seq(time(NOW), END) })),
  story('x509-last-second', 'In its last second.', leaf(until(time(NOW)))),
  story('x509-no-usage', 'Without KeyUsage: every use.', leaf(extensions(NO_AUTHORITY))),
  story('x509-no-constraints', 'Without BasicConstraints: no authority.', leaf(extensions(USE))),
  story(
    'x509-usage-zeros',
    'KeyUsage with zeros at its end, as AMD writes it.',
    leaf(extensions(NO_AUTHORITY, extension('2.5.29.15', bits(Uint8Array.of(0x80, 0)), true))),
  ),
  story(
    'x509-usage-nine-bits',
    'KeyUsage with its ninth bit.',
    leaf(extensions(NO_AUTHORITY, extension('2.5.29.15', bits(Uint8Array.of(0x80, 0x80), 7), true))),
  ),
  story('x509-extension-unknown', 'An extension that nobody knows, not critical.', leaf(extensions(NO_AUTHORITY, USE, strange(false)))),
  story('x509-serial-20', 'A serial of 20 bytes.', leaf({ serial: int(new Uint8Array(20).fill(0x7f)) })),
  story('x509-serial-high', 'A serial of 20 bytes whose first bit is set.', leaf({ serial: int(new Uint8Array(20).fill(0xff)) })),
  story('x509-serial-zero', 'Serial 0.', leaf({ serial: int(0) })),
  story(
    'x509-names',
    'A name of several parts, two of which are common names.',
    leaf({ subject: seq(set(seq(oid('2.5.4.10'), text('org')), seq(oid('2.5.4.3'), text('a'))), set(seq(oid('2.5.4.3'), text('b')))) }),
  ),
  story('x509-name-empty', 'An empty name.', leaf({ subject: seq() })),
  story('x509-path-length', 'An authority that may have none below it, and has none.', {
    ...authority([extension('2.5.29.19', seq(TRUE, int(0)), true), SIGNER]),
    ...lonely,
  }),
  story('x509-long', 'The longest path: eight certificates.', { ...under(...longChain(6)), ...lonely }),
  story('x509-authority-open', 'An authority without KeyUsage.', { ...authority([IS_AUTHORITY]), ...lonely }),
  story('x509-unordered-trust', 'The verifier knows several authorities; one of them fits.', {
    endorsements: { certificates: [craft({ ...base, by: last, issuer: name('last') })], crls: [tpmCrl()] },
    roots: {
      tpm: {
        ...tpmRoots.tpm,
        intermediates: [
          issue({ subject: 'first', issuer: 'tpm root', key: middle, by: root, ...AUTHORITY }),
          issue({ subject: 'last', issuer: 'first', key: last, by: middle, ...AUTHORITY }),
        ],
      },
    },
    ...lonely,
  }),

  story('x509-cut', 'The certificate lacks its last byte.', { ...under(GOOD.subarray(0, -1), tpmRoot), code: 'MALFORMED' }),
  story('x509-trailing', 'A byte after the certificate.', leaf({ after: Uint8Array.of(0) }, 'MALFORMED')),
  story('x509-inside', 'Something after the signature.', leaf({ inside: NULL }, 'MALFORMED')),
  story('x509-more', 'Something after the extensions.', leaf({ more: NULL }, 'MALFORMED')),
  story(
    'x509-too-long',
    'A certificate of more than 16,384 bytes.',
    leaf({ ...extensions(NO_AUTHORITY, USE, extension('1.2.3.4', octets(new Uint8Array(16_384)))) }, 'MALFORMED'),
  ),
  story('x509-length-long', 'A length in a byte more than it needs.', {
    ...under(outer([0x30, 0x83, 0, size >> 8, size & 255]), tpmRoot),
    code: 'MALFORMED',
  }),
  story('x509-length-indefinite', 'A length of the indefinite form.', {
    ...under(concatBytes(outer([0x30, 0x80]), Uint8Array.of(0, 0)), tpmRoot),
    code: 'MALFORMED',
  }),
  story(
    'x509-length-short-long',
    'A length below 128 in two bytes.',
    leaf({ version: Uint8Array.of(0xa0, 0x81, 3, 2, 1, 2) }, 'MALFORMED'),
  ),
  story('x509-length-huge', 'A certificate that says it has 2^32 − 1 bytes.', {
    ...under(outer([0x30, 0x84, 255, 255, 255, 255]), tpmRoot),
    code: 'MALFORMED',
  }),
  story('x509-length-beyond', 'An element that is longer than what holds it.', {
    ...under(outer([0x30, 0x82, (size + 1) >> 8, (size + 1) & 255]), tpmRoot),
    code: 'MALFORMED',
  }),
  story('x509-length-of-many', 'A length in 127 bytes.', { ...under(outer([0x30, 0xff]), tpmRoot), code: 'MALFORMED' }),
  story(
    'x509-tag-long',
    'A tag of more than one byte.',
    leaf({ subject: seq(set(seq(oid('2.5.4.3'), Uint8Array.of(0x1f, 0x0c, 0)))) }, 'MALFORMED'),
  ),
  story('x509-tag', 'A set in place of a sequence.', { ...under(patched(GOOD, 0, [0x31]), tpmRoot), code: 'MALFORMED' }),
  story('x509-empty', 'A certificate of no bytes.', { ...under(new Uint8Array(), tpmRoot), code: 'MALFORMED' }),
  story('x509-version-1', 'Version 1.', leaf({ version: wrap(0, int(0)) }, 'UNSUPPORTED')),
  story('x509-version-absent', 'Without a version.', leaf({ version: new Uint8Array() }, 'MALFORMED')),
  story('x509-version-trailing', 'Something after the version.', leaf({ version: wrap(0, int(2), int(2)) }, 'MALFORMED')),
  story('x509-serial-negative', 'A negative serial.', leaf({ serial: tlv(2, Uint8Array.of(0x80)) }, 'MALFORMED')),
  story('x509-serial-no-bytes', 'A serial without bytes.', leaf({ serial: tlv(2) }, 'MALFORMED')),
  story('x509-serial-zeros', 'A serial with a zero before it.', leaf({ serial: tlv(2, Uint8Array.of(0, 5)) }, 'MALFORMED')),
  story('x509-serial-21', 'A serial of 21 bytes.', leaf({ serial: int(new Uint8Array(21).fill(1)) }, 'MALFORMED')),
  story(
    'x509-two-algorithms',
    'One algorithm inside, another outside.',
    leaf({ outerAlgorithm: seq(oid('1.2.840.113549.1.1.12'), NULL) }, 'MALFORMED'),
  ),
  story('x509-sha1', 'Signed with SHA-1.', leaf({ algorithm: seq(oid('1.2.840.113549.1.1.5'), NULL) }, 'UNSUPPORTED')),
  story('x509-pkcs1-without-null', 'PKCS #1 without its NULL.', leaf(pkcs1(), 'MALFORMED')),
  story('x509-pkcs1-null-full', 'PKCS #1 with a NULL that holds a byte.', leaf(pkcs1(tlv(5, Uint8Array.of(0))), 'MALFORMED')),
  story('x509-pkcs1-trailing', 'PKCS #1 with something after its NULL.', leaf(pkcs1(NULL, NULL), 'MALFORMED')),
  story('x509-ecdsa-null', 'ECDSA with parameters.', {
    ...signedBy(middle, { algorithm: seq(oid('1.2.840.10045.4.3.3'), NULL) }),
    code: 'MALFORMED',
  }),
  ...(
    [
      ['salt', [wrap(0, SHA384), mask(SHA384), wrap(2, int(32))], 'UNSUPPORTED'],
      ['two-hashes', [wrap(0, SHA384), mask(SHA256), wrap(2, int(48))], 'UNSUPPORTED'],
      ['mask', [wrap(0, SHA384), mask(SHA384, '1.2.840.113549.1.1.9'), wrap(2, int(48))], 'UNSUPPORTED'],
      ['trailer-two', [...PARAMS, wrap(3, int(2))], 'UNSUPPORTED'],
      ['trailing', [...PARAMS, wrap(4, int(1))], 'MALFORMED'],
      ['sha1', [wrap(0, seq(oid('1.3.14.3.2.26'), NULL)), mask(seq(oid('1.3.14.3.2.26'), NULL)), wrap(2, int(20))], 'UNSUPPORTED'],
      ['null-full', [wrap(0, seq(oid('2.16.840.1.101.3.4.2.2'), tlv(5, Uint8Array.of(0)))), mask(SHA384), wrap(2, int(48))], 'MALFORMED'],
      ['hash-trailing', [wrap(0, seq(oid('2.16.840.1.101.3.4.2.2'), NULL, NULL)), mask(SHA384), wrap(2, int(48))], 'MALFORMED'],
      ['hash-twice', [wrap(0, SHA384, SHA384), mask(SHA384), wrap(2, int(48))], 'MALFORMED'],
      ['mask-trailing', [wrap(0, SHA384), wrap(1, seq(oid(MGF1), SHA384, NULL)), wrap(2, int(48))], 'MALFORMED'],
      ['defaults', [], 'MALFORMED'],
    ] as const
  ).map(([what, params, code]) =>
    story(`x509-pss-${what}`, `PSS with parameters that are refused: ${what}.`, { ...signedBy(pss, pssOf(...params)), code }),
  ),
  story('x509-pss-after', 'Something after the parameters of PSS.', {
    ...signedBy(pss, { algorithm: seq(oid(PSS), seq(...PARAMS), NULL) }),
    code: 'MALFORMED',
  }),
  story(
    'x509-signature-bits',
    'A signature that is not of whole bytes.',
    leaf({ signature: (signed) => bits(root.der(signed), 1) }, 'MALFORMED'),
  ),
  story('x509-signature-none', 'A signature of no bytes at all.', leaf({ signature: () => tlv(3) }, 'MALFORMED')),
  story('x509-signature-flipped', 'One bit of the signature is another.', { ...under(flip(GOOD, -1), tpmRoot), code: 'CHAIN_INVALID' }),
  story('x509-body-flipped', 'One bit of the key is another.', {
    ...under(flip(GOOD, find(GOOD, point) + 9), tpmRoot),
    code: 'CHAIN_INVALID',
  }),
  story(
    'x509-ecdsa-by-rsa',
    'An RSA key that says it has signed by ECDSA.',
    leaf({ algorithm: seq(oid('1.2.840.10045.4.3.2')) }, 'CHAIN_INVALID'),
  ),
  story('x509-rsa-by-ecdsa', 'A key on a curve that says it has signed by RSA.', {
    ...signedBy(middle, pkcs1(NULL)),
    code: 'CHAIN_INVALID',
  }),
  story('x509-ecdsa-other-hash', 'Signed with SHA-384, and it says SHA-256.', {
    ...signedBy(middle, { algorithm: seq(oid('1.2.840.10045.4.3.2')) }),
    code: 'CHAIN_INVALID',
  }),
  story('x509-ecdsa-raw', 'r ‖ s in place of their DER.', {
    ...signedBy(middle, { signature: (signed) => bits(middle.raw(signed)) }),
    code: 'CHAIN_INVALID',
  }),
  story('x509-ecdsa-trailing', 'A number after r and s.', {
    ...signedBy(middle, { signature: (signed) => bits(seq(raw(signed).subarray(2), int(1))) }),
    code: 'CHAIN_INVALID',
  }),
  story('x509-ecdsa-after', 'A byte after the signature’s DER.', {
    ...signedBy(middle, { signature: (signed) => bits(concatBytes(raw(signed), Uint8Array.of(0))) }),
    code: 'CHAIN_INVALID',
  }),
  story('x509-ecdsa-zeros', 'r with a zero before it.', {
    ...signedBy(middle, {
      signature: (signed) => {
        const signature = middle.raw(signed)
        return bits(seq(tlv(2, Uint8Array.of(0, 0), signature.subarray(0, 48)), int(signature.subarray(48))))
      },
    }),
    code: 'CHAIN_INVALID',
  }),
  story('x509-name-set-empty', 'A name with an empty part.', leaf({ subject: seq(set()) }, 'MALFORMED')),
  story(
    'x509-name-trailing',
    'Something after the text of a name.',
    leaf({ subject: seq(set(seq(oid('2.5.4.3'), text('ak'), NULL))) }, 'MALFORMED'),
  ),
  story(
    'x509-name-utf8',
    'A common name that is not UTF-8.',
    leaf({ subject: seq(set(seq(oid('2.5.4.3'), tlv(0x0c, Uint8Array.of(0xff))))) }, 'MALFORMED'),
  ),
  story('x509-oid-empty', 'An identifier without bytes.', leaf(extensions(NO_AUTHORITY, seq(tlv(6), octets(NULL))), 'MALFORMED')),
  story(
    'x509-oid-unfinished',
    'An identifier that ends inside a number.',
    leaf(extensions(NO_AUTHORITY, seq(tlv(6, Uint8Array.of(0x2a, 0x86)), octets(NULL))), 'MALFORMED'),
  ),
  story(
    'x509-oid-zeros',
    'An identifier with a number that takes a byte too many.',
    leaf(extensions(NO_AUTHORITY, seq(tlv(6, Uint8Array.of(0x2a, 0x80, 0x03)), octets(NULL))), 'MALFORMED'),
  ),
  story(
    'x509-oid-huge',
    'An identifier with a number beyond 2^52.',
    leaf(extensions(NO_AUTHORITY, seq(tlv(6, new Uint8Array(8).fill(0xff), Uint8Array.of(0x7f)), octets(NULL))), 'MALFORMED'),
  ),
  story(
    'x509-oid-long',
    'An identifier of 65 bytes.',
    leaf(extensions(NO_AUTHORITY, seq(tlv(6, new Uint8Array(65).fill(1)), octets(NULL))), 'MALFORMED'),
  ),
  ...(
    [
      ['milliseconds', generalized('20500101000000.000Z')],
      ['zone', utc('270101000000+0000')],
      ['no-seconds', utc('2701010000Z')],
      ['month', utc('271301000000Z')],
      ['day', utc('270230000000Z')],
      ['hour', utc('270101240000Z')],
      ['minute', utc('270101006000Z')],
      ['second', utc('270101000060Z')],
      ['letters', utc('27010100000xZ')],
      ['long-form', generalized('20270101000000Z')],
      ['other-tag', tlv(0x0c, utf8('270101000000Z'))],
      ['more', utc('270101000000Z0')],
    ] as const
  ).map(([what, end]) => story(`x509-date-${what}`, `A date that is refused: ${what}.`, leaf(until(end), 'MALFORMED'))),
  story('x509-dates-three', 'Three dates.', leaf({ validity: seq(START, END, END) }, 'MALFORMED')),
  story('x509-not-yet', 'Valid from the next second.', leaf({ validity: seq(time(NOW + 1), END) }, 'CERT_EXPIRED')),
  story('x509-expired', 'Expired a second ago.', leaf(until(time(NOW - 1)), 'CERT_EXPIRED')),
  story('x509-root-expired', 'The root expired a second ago.', {
    ...(() => {
      const old = issue({ subject: 'tpm root', issuer: 'tpm root', key: root, by: root, ...AUTHORITY, notAfter: NOW - 1 })
      return { ...under(GOOD, old), roots: { tpm: { anchors: [{ certificate: old, trust: 'development' as const }] } } }
    })(),
    code: 'CERT_EXPIRED',
  }),
  story('x509-curve', 'A key on another curve.', leaf({ spki: seq(seq(EC, oid('1.3.132.0.10')), bits(point)) }, 'UNSUPPORTED')),
  story('x509-key-kind', 'A key of another kind.', leaf({ spki: seq(seq(oid('1.3.101.112')), bits(new Uint8Array(32))) }, 'UNSUPPORTED')),
  story(
    'x509-point-compressed',
    'A compressed point.',
    leaf({ spki: seq(seq(EC, P256), bits(concatBytes(Uint8Array.of(2), point.subarray(1, 33)))) }, 'MALFORMED'),
  ),
  story(
    'x509-point-long',
    'A point with a byte more.',
    leaf({ spki: seq(seq(EC, P256), bits(concatBytes(point, Uint8Array.of(0)))) }, 'MALFORMED'),
  ),
  story('x509-point-hybrid', 'A point in the hybrid form.', leaf({ spki: seq(seq(EC, P256), bits(patched(point, 0, [6]))) }, 'MALFORMED')),
  story(
    'x509-curve-trailing',
    'Something after the name of the curve.',
    leaf({ spki: seq(seq(EC, P256, NULL), bits(point)) }, 'MALFORMED'),
  ),
  story('x509-key-trailing', 'Something after the key.', leaf({ spki: seq(seq(EC, P256), bits(point), NULL) }, 'MALFORMED')),
  story('x509-rsa-null', 'An RSA key without its NULL.', rsaLeaf({ algorithm: seq(oid('1.2.840.113549.1.1.1')) }, 'MALFORMED')),
  story(
    'x509-rsa-null-full',
    'An RSA key with a NULL that holds a byte.',
    rsaLeaf({ algorithm: seq(oid('1.2.840.113549.1.1.1'), tlv(5, Uint8Array.of(1))) }, 'MALFORMED'),
  ),
  story(
    'x509-rsa-algorithm-trailing',
    'Something after the NULL of an RSA key.',
    rsaLeaf({ algorithm: seq(oid('1.2.840.113549.1.1.1'), NULL, NULL) }, 'MALFORMED'),
  ),
  story('x509-rsa-exponent', 'An RSA key with the exponent 3.', rsaLeaf({ e: 3 }, 'UNSUPPORTED')),
  story('x509-rsa-1024', 'An RSA key of 1,024 bits.', rsaLeaf({ n: modulus.subarray(0, 128) }, 'UNSUPPORTED')),
  story('x509-rsa-2040', 'An RSA key of 2,040 bits.', rsaLeaf({ n: modulus.subarray(0, 255) }, 'UNSUPPORTED')),
  story('x509-rsa-5120', 'An RSA key of 5,120 bits.', rsaLeaf({ n: concatBytes(modulus, modulus, modulus.subarray(0, 128)) }, 'MALFORMED')),
  story('x509-rsa-even', 'An RSA key that is even.', rsaLeaf({ n: flip(modulus, -1) }, 'SIGNATURE_INVALID')),
  story('x509-rsa-2047', 'An RSA key of 2,047 bits.', rsaLeaf({ n: patched(modulus, 0, [0x7f]) }, 'SIGNATURE_INVALID')),
  story('x509-rsa-more', 'A third number in an RSA key.', rsaLeaf({ more: int(1) }, 'MALFORMED')),
  story('x509-rsa-after', 'Something after an RSA key.', rsaLeaf({ after: NULL }, 'MALFORMED')),
  story('x509-rsa-bits', 'An RSA key that is not of whole bytes.', rsaLeaf({ unused: 1 }, 'MALFORMED')),
  story('x509-extensions-empty', 'An empty list of extensions.', leaf(extensions(), 'MALFORMED')),
  story('x509-extensions-absent', 'Without extensions.', leaf({ extensions: new Uint8Array() }, 'MALFORMED')),
  story(
    'x509-extensions-trailing',
    'Something after the list of extensions.',
    leaf({ extensions: wrap(3, seq(NO_AUTHORITY, USE), NULL) }, 'MALFORMED'),
  ),
  story('x509-extension-twice', 'The same extension twice.', leaf(extensions(NO_AUTHORITY, USE, USE), 'MALFORMED')),
  story(
    'x509-extension-default',
    'An extension that says it is not critical, which DER leaves out.',
    leaf(extensions(NO_AUTHORITY, USE, seq(oid('1.2.3.4'), FALSE, octets(NULL))), 'MALFORMED'),
  ),
  story(
    'x509-extension-boolean',
    'A boolean of 01.',
    leaf(extensions(NO_AUTHORITY, USE, seq(oid('1.2.3.4'), tlv(1, Uint8Array.of(1)), octets(NULL))), 'MALFORMED'),
  ),
  story(
    'x509-extension-boolean-long',
    'A boolean of two bytes.',
    leaf(extensions(NO_AUTHORITY, USE, seq(oid('1.2.3.4'), tlv(1, Uint8Array.of(0xff, 0xff)), octets(NULL))), 'MALFORMED'),
  ),
  story(
    'x509-extension-trailing',
    'Something after the value of an extension.',
    leaf(extensions(NO_AUTHORITY, USE, seq(oid('1.2.3.4'), octets(NULL), NULL)), 'MALFORMED'),
  ),
  story('x509-critical', 'A critical extension that nobody knows.', leaf(extensions(NO_AUTHORITY, USE, strange(true)), 'CHAIN_INVALID')),
  story(
    'x509-constraints-after',
    'Something after BasicConstraints.',
    leaf(extensions(extension('2.5.29.19', concatBytes(seq(), NULL), true), USE), 'MALFORMED'),
  ),
  story(
    'x509-constraints-trailing',
    'Something inside BasicConstraints.',
    leaf(extensions(extension('2.5.29.19', seq(NULL), true), USE), 'MALFORMED'),
  ),
  story(
    'x509-constraints-length',
    'A path length for what is no authority.',
    leaf(extensions(extension('2.5.29.19', seq(int(0)), true), USE), 'MALFORMED'),
  ),
  story(
    'x509-usage-unused',
    'KeyUsage with unused bits that are set.',
    leaf(extensions(NO_AUTHORITY, extension('2.5.29.15', bits(Uint8Array.of(0x81), 7), true)), 'MALFORMED'),
  ),
  story(
    'x509-usage-eight-unused',
    'KeyUsage with eight unused bits.',
    leaf(extensions(NO_AUTHORITY, extension('2.5.29.15', bits(Uint8Array.of(0x80, 0), 8), true)), 'MALFORMED'),
  ),
  story(
    'x509-usage-none-unused',
    'KeyUsage without bits, one of them unused.',
    leaf(extensions(NO_AUTHORITY, extension('2.5.29.15', bits(new Uint8Array(), 1), true)), 'MALFORMED'),
  ),
  story(
    'x509-usage-no-bytes',
    'KeyUsage without bytes.',
    leaf(extensions(NO_AUTHORITY, extension('2.5.29.15', tlv(3), true)), 'MALFORMED'),
  ),
  story(
    'x509-usage-long',
    'KeyUsage of five bytes.',
    leaf(extensions(NO_AUTHORITY, extension('2.5.29.15', bits(Uint8Array.of(0x80, 0, 0, 0, 0)), true)), 'MALFORMED'),
  ),
  story(
    'x509-usage-after',
    'Something after KeyUsage.',
    leaf(extensions(NO_AUTHORITY, extension('2.5.29.15', concatBytes(bits(Uint8Array.of(0x80), 7), NULL), true)), 'MALFORMED'),
  ),
  story(
    'x509-usage-empty',
    'KeyUsage that allows nothing.',
    leaf(extensions(NO_AUTHORITY, extension('2.5.29.15', bits(new Uint8Array()), true)), 'CHAIN_INVALID'),
  ),
  story('x509-usage-encrypt', 'The key may encrypt, not sign.', leaf(extensions(NO_AUTHORITY, usage(0x20, 5)), 'CHAIN_INVALID')),
  story('x509-leaf-authority', 'The key of an authority signs evidence.', leaf(extensions(IS_AUTHORITY, usage(0x86, 1)), 'CHAIN_INVALID')),
  story('x509-no-authority', 'The authority’s certificate does not say that it is one.', {
    ...authority([NO_AUTHORITY, SIGNER]),
    code: 'CHAIN_INVALID',
  }),
  story('x509-authority-unconstrained', 'The authority’s certificate has no BasicConstraints.', {
    ...authority([SIGNER]),
    code: 'CHAIN_INVALID',
  }),
  story('x509-authority-usage', 'The authority may sign lists, not certificates.', {
    ...authority([IS_AUTHORITY, usage(0x02, 1)]),
    code: 'CHAIN_INVALID',
  }),
  story('x509-authority-critical', 'The authority has a critical extension that nobody knows.', {
    ...authority([IS_AUTHORITY, SIGNER, strange(true)]),
    code: 'CHAIN_INVALID',
  }),
  story('x509-authority-path-length', 'An authority below one that may not have any.', {
    ...under(
      craft({ ...base, by: last, issuer: name('last') }),
      craft({ ...base, by: middle, issuer: name('middle'), key: last, subject: name('last'), ...extensions(IS_AUTHORITY, SIGNER) }),
      craft({ ...base, key: middle, subject: name('middle'), ...extensions(extension('2.5.29.19', seq(TRUE, int(0)), true), SIGNER) }),
      tpmRoot,
    ),
    code: 'CHAIN_INVALID',
  }),
  story(
    'x509-issuer',
    'The leaf names another issuer than the one that signed it.',
    leaf({ issuer: name('another root') }, 'CHAIN_INVALID'),
  ),
  story(
    'x509-issuer-encoding',
    'The same name in another kind of text is another name.',
    leaf({ issuer: seq(set(seq(oid('2.5.4.3'), tlv(0x13, utf8('tpm root'))))) }, 'CHAIN_INVALID'),
  ),
  story('x509-nine', 'Nine certificates.', { ...under(...longChain(7)), code: 'CHAIN_INVALID' }),
  story('x509-root-alone', 'The root alone.', { ...under(tpmRoot), code: 'CHAIN_INVALID' }),
  story('x509-self-signed', 'A certificate that the key has signed itself.', {
    ...under(craft({ ...base, by: ak, issuer: name('ak') })),
    code: 'UNTRUSTED_ROOT',
  }),
  story('x509-lookalike', 'A self-signed certificate with the name of the root.', {
    ...under(craft({ ...base, by: ak, subject: ROOT })),
    code: 'UNTRUSTED_ROOT',
  }),
  story('x509-unknown-root', 'A chain to a root that is not trusted.', {
    ...under(
      craft({ ...base, by: middle, issuer: name('middle') }),
      issue({ subject: 'middle', issuer: 'middle', key: middle, by: middle, ...AUTHORITY }),
    ),
    code: 'UNTRUSTED_ROOT',
  }),
  story('x509-circle', 'An authority that the verifier knows and that names itself as issuer.', {
    ...under(craft({ ...base, by: middle, issuer: name('middle') })),
    roots: {
      tpm: { ...tpmRoots.tpm, intermediates: [issue({ subject: 'middle', issuer: 'middle', key: middle, by: middle, ...AUTHORITY })] },
    },
    code: 'UNTRUSTED_ROOT',
  }),
  story('x509-circle-of-two', 'Two authorities that the verifier knows, each the issuer of the other.', {
    ...under(craft({ ...base, by: middle, issuer: name('middle') })),
    roots: {
      tpm: {
        ...tpmRoots.tpm,
        intermediates: [
          issue({ subject: 'middle', issuer: 'last', key: middle, by: last, ...AUTHORITY }),
          issue({ subject: 'last', issuer: 'middle', key: last, by: middle, ...AUTHORITY }),
        ],
      },
    },
    code: 'UNTRUSTED_ROOT',
  }),
]
