import { describe, expect, it } from 'vitest'
import { DerReader } from '../asn1/der.ts'
import { Refusal } from '../result/rejection.ts'
import { type CertificateOptions, issue, issueCrl, LEAF } from '../testkit/ca.testkit.ts'
import { bits, extension, int, NULL, octets, oid, seq, set, text, tlv, wrap } from '../testkit/der.testkit.ts'
import { ecKey, rsaKey, type TestKey } from '../testkit/keys.testkit.ts'
import { readCertificate } from './certificate.ts'
import { readCrl } from './crl.ts'
import { readExtensions } from './extensions.ts'
import { readName } from './name.ts'
import { rawEcdsa } from './signed.ts'

const own = ecKey('P-256', 'form')
const leaf = (o: Partial<CertificateOptions> = {}): Uint8Array => issue({ subject: 'leaf', issuer: 'ca', key: own, by: own, ...LEAF, ...o })

function codeOf(read: () => unknown): string {
  try {
    read()
    return 'ok'
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error)
  }
}
const algorithm = (bytes: Uint8Array): string => codeOf(() => readCertificate(leaf({ by: { ...own, algorithm: bytes } })))
const withKey = (spki: Uint8Array): string => codeOf(() => readCertificate(leaf({ key: { ...own, spki } satisfies TestKey })))

describe('signature algorithms', () => {
  const sha384 = seq(oid('2.16.840.1.101.3.4.2.2'))
  const sha256 = seq(oid('2.16.840.1.101.3.4.2.1'), NULL)
  const mgf1 = (hash: Uint8Array, id = '1.2.840.113549.1.1.8'): Uint8Array => wrap(1, seq(oid(id), hash))
  const pss = (...parts: Uint8Array[]): Uint8Array => seq(oid('1.2.840.113549.1.1.10'), seq(...parts))

  it('of PSS are refused with two hashes, another mask, salt or trailer', () => {
    expect(algorithm(pss(wrap(0, sha384), mgf1(sha384), wrap(2, int(48))))).toBe('ok')
    expect(algorithm(pss(wrap(0, sha384), mgf1(sha384), wrap(2, int(48)), wrap(3, int(1))))).toBe('ok')
    expect(algorithm(pss(wrap(0, sha384), mgf1(sha256), wrap(2, int(48))))).toBe('UNSUPPORTED')
    expect(algorithm(pss(wrap(0, sha384), mgf1(sha384, '1.2.3'), wrap(2, int(48))))).toBe('UNSUPPORTED')
    expect(algorithm(pss(wrap(0, sha384), mgf1(sha384), wrap(2, int(32))))).toBe('UNSUPPORTED')
    expect(algorithm(pss(wrap(0, sha384), mgf1(sha384), wrap(2, int(48)), wrap(3, int(2))))).toBe('UNSUPPORTED')
    expect(algorithm(pss(wrap(0, seq(oid('1.3.14.3.2.26'))), mgf1(sha384), wrap(2, int(48))))).toBe('UNSUPPORTED')
    expect(algorithm(pss(wrap(0, sha384), mgf1(sha384), wrap(2, int(48)), wrap(4, int(1))))).toBe('MALFORMED')
  })

  it('are refused with parameters that hold bytes, are missing or too many', () => {
    const full = tlv(5, Uint8Array.of(1))
    expect(algorithm(pss(wrap(0, seq(oid('2.16.840.1.101.3.4.2.2'), full)), mgf1(sha384), wrap(2, int(48))))).toBe('MALFORMED')
    expect(algorithm(seq(oid('1.2.840.113549.1.1.11'), full))).toBe('MALFORMED')
    expect(algorithm(seq(oid('1.2.840.113549.1.1.11')))).toBe('MALFORMED')
    expect(algorithm(seq(oid('1.2.840.10045.4.3.2'), NULL))).toBe('MALFORMED')
  })
})

describe('public keys', () => {
  const ec = '1.2.840.10045.2.1'
  const rsa = (...parts: Uint8Array[]): string => withKey(seq(seq(oid('1.2.840.113549.1.1.1'), NULL), bits(seq(...parts))))
  const modulus = (size: number): Uint8Array => int(new Uint8Array(size).fill(0xc1))

  it('are refused on other curves, of other kinds, and not as whole points', () => {
    const point = own.key.kind === 'ec' ? own.key.point : new Uint8Array()
    const p256 = seq(oid(ec), oid('1.2.840.10045.3.1.7'))
    expect(withKey(seq(p256, bits(point)))).toBe('ok')
    expect(withKey(seq(p256, bits(point.subarray(0, 33))))).toBe('MALFORMED')
    expect(withKey(seq(p256, bits(Uint8Array.from([6, ...point.subarray(1)]))))).toBe('MALFORMED')
    expect(withKey(seq(seq(oid(ec), oid('1.3.132.0.10')), bits(point)))).toBe('UNSUPPORTED')
    expect(withKey(seq(seq(oid('1.3.101.112')), bits(new Uint8Array(32))))).toBe('UNSUPPORTED')
  })

  it('of RSA are refused when short, long, or with another exponent than 65537', () => {
    expect(rsa(modulus(256), int(65537))).toBe('ok')
    expect(rsa(modulus(255), int(65537))).toBe('UNSUPPORTED')
    expect(rsa(modulus(513), int(65537))).toBe('MALFORMED')
    expect(rsa(modulus(256), int(3))).toBe('UNSUPPORTED')
    expect(rsa(modulus(256), int(65537), int(1))).toBe('MALFORMED')
    expect(withKey(seq(seq(oid('1.2.840.113549.1.1.1'), tlv(5, Uint8Array.of(0))), bits(seq(modulus(256), int(65537)))))).toBe('MALFORMED')
    expect(withKey(rsaKey('pss', 'a subject').spki)).toBe('ok')
  })
})

describe('certificates and lists', () => {
  it('are refused beyond their size', () => {
    expect(codeOf(() => readCertificate(leaf({ extensions: [extension('1.2.3', new Uint8Array(17_000))] })))).toBe('MALFORMED')
    expect(() => readCrl(new Uint8Array(1_048_577))).toThrow('more than 1048576 bytes')
  })

  it('are refused in other versions', () => {
    const older = leaf()
    const at = older.findIndex((byte, i) => byte === 0xa0 && older[i + 1] === 3)
    older[at + 4] = 1
    expect(codeOf(() => readCertificate(older))).toBe('UNSUPPORTED')
    const list = issueCrl({ issuer: 'ca', by: own })
    const version = list.findIndex((byte, i) => byte === 2 && list[i + 1] === 1 && list[i + 2] === 1)
    list[version + 2] = 0
    expect(codeOf(() => readCrl(list))).toBe('MALFORMED')
  })

  it('are refused with empty lists inside', () => {
    expect(codeOf(() => readCrl(issueCrl({ issuer: 'ca', by: own, revoked: null })))).toBe('MALFORMED')
    expect(codeOf(() => readExtensions(new DerReader(new Uint8Array())))).toBe('MALFORMED')
    expect(codeOf(() => readName(new DerReader(seq(set()))))).toBe('MALFORMED')
  })

  it('are refused when a list names two algorithms', () => {
    const list = issueCrl({ issuer: 'ca', by: own })
    // The algorithm stands inside what is signed, and once more before the signature: change the second.
    const name = Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)
    const places = [...list.keys()].filter((i) => name.every((byte, j) => list[i + j] === byte))
    expect(places.length).toBe(2)
    list[places[1]! + 7] = 3
    expect(codeOf(() => readCrl(list))).toBe('MALFORMED')
  })
})

describe('names', () => {
  it('have a common name only when there is exactly one', () => {
    const part = (value: string): Uint8Array => set(seq(oid('2.5.4.3'), text(value)))
    const read = (...parts: Uint8Array[]): string | undefined => readName(new DerReader(seq(...parts))).commonName
    expect(read(part('a'))).toBe('a')
    expect(read(part('a'), part('b'))).toBeUndefined()
    expect(read()).toBeUndefined()
    expect(read(set(seq(oid('2.5.4.3'), octets(Uint8Array.of(65)))))).toBeUndefined()
  })
})

describe('ECDSA signatures in certificates', () => {
  it('have one form', () => {
    expect(rawEcdsa(seq(int(1), int(2)), 2)).toEqual(Uint8Array.of(0, 1, 0, 2))
    for (const bad of [
      seq(int(1)),
      seq(int(1), int(2), int(3)),
      seq(int(1), int(0x10000)),
      seq(int(1), tlv(2, Uint8Array.of(0x80))),
      new Uint8Array(),
    ])
      expect(rawEcdsa(bad, 2)).toBeUndefined()
  })
})
