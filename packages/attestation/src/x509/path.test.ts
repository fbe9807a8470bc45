import { concatBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { webCryptoCheck } from '../crypto/webcrypto.ts'
import { Refusal } from '../result/rejection.ts'
import type { TrustAnchors } from '../roots/types.ts'
import { AUTHORITY, type CertificateOptions, DAY, issue, LEAF, NOW, parsed, strange } from '../testkit/ca.testkit.ts'
import { extension, int, oid, seq, TRUE, wrap } from '../testkit/der.testkit.ts'
import { flip } from '../testkit/flip.testkit.ts'
import { ecKey, rsaKey } from '../testkit/keys.testkit.ts'
import { readCertificate } from './certificate.ts'
import { verifyAuthority, verifyPath } from './path.ts'

const keys = { root: ecKey('P-384', 'root'), middle: ecKey('P-256', 'middle'), low: ecKey('P-256', 'low'), leaf: ecKey('P-256', 'leaf') }
const root = issue({ subject: 'root', issuer: 'root', key: keys.root, by: keys.root, ...AUTHORITY })
const middle = (o: Partial<CertificateOptions> = {}) =>
  issue({ subject: 'middle', issuer: 'root', key: keys.middle, by: keys.root, ...AUTHORITY, ...o })
const leaf = (o: Partial<CertificateOptions> = {}) =>
  issue({ subject: 'leaf', issuer: 'middle', key: keys.leaf, by: keys.middle, ...LEAF, ...o })
const anchors: TrustAnchors = { anchors: [{ certificate: root, trust: 'hardware' }] }

async function code(chain: readonly Uint8Array[], trust = anchors, now = NOW): Promise<string> {
  try {
    await verifyPath(parsed(...chain), trust, now, webCryptoCheck)
    return 'ok'
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

/** Which signatures of the path a check may remember, leaf first. */
async function lasting(chain: readonly Uint8Array[]): Promise<unknown[]> {
  const asked: unknown[] = []
  await verifyPath(parsed(...chain), anchors, NOW, (claim) => {
    asked.push(claim.lasting)
    return webCryptoCheck(claim)
  })
  return asked
}

describe('a certificate path', () => {
  it('lets signatures on authorities be remembered, and no others', async () => {
    expect(await lasting([leaf(), middle(), root])).toEqual([false, true])
  })

  it('is refused without certificates, without its authority, and in another order', async () => {
    expect(await code([])).toBe('CHAIN_INVALID')
    expect(await code([leaf()])).toBe('UNTRUSTED_ROOT')
    expect(await code([middle(), leaf(), root])).not.toBe('ok')
    expect(await code([leaf(), root, middle()])).not.toBe('ok')
    const deep = Array.from({ length: 8 }, (_, i) =>
      issue({
        subject: `d${i}`,
        issuer: i === 7 ? 'root' : `d${i + 1}`,
        key: keys.low,
        by: i === 7 ? keys.root : keys.low,
        ...(i === 0 ? LEAF : AUTHORITY),
      }),
    )
    expect(await code(deep)).toBe('CHAIN_INVALID')
    expect(await code(deep.toSpliced(1, 1))).toBe('CHAIN_INVALID')
    const seven = deep.slice(2)
    expect(await code([issue({ subject: 'leaf', issuer: 'd2', key: keys.leaf, by: keys.low, ...LEAF }), ...seven])).toBe('ok')
  })

  it('is refused under a root of the same name and another key', async () => {
    const fake = issue({ subject: 'root', issuer: 'root', key: keys.low, by: keys.low, ...AUTHORITY })
    expect(await code([leaf(), middle({ by: keys.low }), fake])).toBe('UNTRUSTED_ROOT')
    expect(await code([leaf(), middle({ by: keys.low })])).toBe('CHAIN_INVALID')
    expect(await code([leaf(), middle()], { anchors: [] })).toBe('UNTRUSTED_ROOT')
  })

  it('is refused when anybody but a root vouches for itself, though the root signed that too', async () => {
    const again = issue({ subject: 'root', issuer: 'root', key: keys.root, by: keys.root, ...AUTHORITY, notAfter: NOW + DAY })
    expect(await code([leaf(), middle(), root])).toBe('ok')
    for (const more of [[root], [again], [again, root], [root, root]])
      expect(await code([leaf(), middle(), ...more, root])).toBe('CHAIN_INVALID')
  })

  it('is refused when an issuer is no authority or may not sign certificates', async () => {
    expect(await code([leaf(), middle({ ca: false }), root])).toBe('CHAIN_INVALID')
    expect(await code([leaf(), middle({ usage: [6] }), root])).toBe('CHAIN_INVALID')
    const noSign = issue({ subject: 'root', issuer: 'root', key: keys.root, by: keys.root, ca: true, usage: [6] })
    expect(await code([leaf(), middle()], { anchors: [{ certificate: noSign, trust: 'hardware' }] })).toBe('CHAIN_INVALID')
  })

  it('is refused with the place and the name of the certificate that is at fault', async () => {
    const chain = parsed(leaf(), middle({ ca: false }), root)
    await expect(verifyPath(chain, anchors, NOW, webCryptoCheck)).rejects.toThrow('Certificate 1 ("middle") is no authority.')
  })

  it('is refused when the leaf is an authority or may not sign data', async () => {
    expect(await code([leaf({ ca: true }), middle()])).toBe('CHAIN_INVALID')
    expect(await code([leaf({ usage: [5] }), middle()])).toBe('CHAIN_INVALID')
    expect(await code([root])).toBe('CHAIN_INVALID')
  })

  it('is refused when it is longer than an authority allows', async () => {
    const low = issue({ subject: 'low', issuer: 'middle', key: keys.low, by: keys.middle, ...AUTHORITY })
    const deep = leaf({ issuer: 'low', by: keys.low })
    expect(await code([deep, low, middle({ pathLength: 0 })])).toBe('CHAIN_INVALID')
    expect(await code([deep, low, middle({ pathLength: 1 })])).toBe('ok')
    expect(await code([leaf(), middle({ pathLength: 0 })])).toBe('ok')
  })

  it('of an authority counts that authority, and is of one', async () => {
    const low = issue({ subject: 'low', issuer: 'middle', key: keys.low, by: keys.middle, ...AUTHORITY })
    const authority = (...chain: readonly Uint8Array[]) => verifyAuthority(parsed(...chain), anchors, NOW, webCryptoCheck)
    await expect(authority(low, middle({ pathLength: 0 }))).rejects.toMatchObject({ code: 'CHAIN_INVALID' })
    expect((await authority(low, middle({ pathLength: 1 }))).certificates).toHaveLength(3)
    await expect(authority(leaf(), middle())).rejects.toMatchObject({ code: 'CHAIN_INVALID' })
  })

  it('is refused with a critical extension that is not understood', async () => {
    expect(await code([leaf({ extensions: [strange(true)] }), middle()])).toBe('CHAIN_INVALID')
    expect(await code([leaf(), middle({ extensions: [strange(true)] })])).toBe('CHAIN_INVALID')
    expect(await code([leaf({ extensions: [strange(false)] }), middle()])).toBe('ok')
    const constraints = extension('2.5.29.30', seq(wrap(0, seq(seq(Uint8Array.of(0x82, 0))))), true)
    expect(await code([leaf(), middle({ extensions: [constraints] })])).toBe('CHAIN_INVALID')
  })

  it('is of the key of a TPM, too, whose only name is that of the chip, in a critical extension', async () => {
    const names = (critical: boolean) => extension('2.5.29.17', seq(wrap(4, seq())), critical)
    for (const critical of [true, false]) expect(await code([leaf({ extensions: [names(critical)] }), middle()])).toBe('ok')
  })

  it('is refused one second before and after the life of any certificate', async () => {
    const short = { notBefore: NOW - 10, notAfter: NOW + 10 }
    for (const chain of [
      [leaf(short), middle()],
      [leaf(), middle(short)],
    ]) {
      expect(await code(chain, anchors, NOW - 11)).toBe('CERT_EXPIRED')
      expect(await code(chain, anchors, NOW - 10)).toBe('ok')
      expect(await code(chain, anchors, NOW + 10)).toBe('ok')
      expect(await code(chain, anchors, NOW + 11)).toBe('CERT_EXPIRED')
    }
    expect(await code([leaf({ notAfter: NOW + 900 * DAY }), middle({ notAfter: NOW + 900 * DAY })], anchors, NOW + 101 * DAY)).toBe(
      'CERT_EXPIRED',
    )
  })

  it('is refused when another key than the issuer’s signed, or any byte of the leaf changed', async () => {
    expect(await code([leaf({ by: keys.low }), middle()])).toBe('CHAIN_INVALID')
    expect(await code([leaf({ issuer: 'elsewhere' }), middle()])).toBe('CHAIN_INVALID')
    const good = leaf()
    for (let at = 0; at < good.length; at += 5) {
      const changed = flip(good, at, at % 8)
      let result: string
      try {
        result = await code([changed, middle()])
      } catch (error) {
        result = error instanceof Refusal ? error.code : String(error)
      }
      expect(result, `byte ${at}`).not.toBe('ok')
    }
  })

  it('is completed with the authorities that the anchors know, whose signatures still count', async () => {
    expect(await code([leaf()], { ...anchors, intermediates: [middle()] })).toBe('ok')
    expect(await code([leaf()], { ...anchors, intermediates: [middle({ by: keys.low })] })).toBe('CHAIN_INVALID')
    expect(await code([leaf({ by: keys.low })], { ...anchors, intermediates: [middle()] })).toBe('CHAIN_INVALID')
  })

  it('may hold RSA authorities of both schemes', async () => {
    for (const scheme of ['pss', 'pkcs1'] as const) {
      const rsa = rsaKey(scheme, 'an issuer')
      const top = issue({ subject: 'root', issuer: 'root', key: rsa, by: rsa, ...AUTHORITY })
      const trust: TrustAnchors = { anchors: [{ certificate: top, trust: 'hardware' }] }
      expect(await code([leaf(), middle({ by: rsa })], trust)).toBe('ok')
      expect(await code([leaf(), middle({ by: keys.root })], trust)).toBe('CHAIN_INVALID')
    }
  })
})

describe('a certificate', () => {
  const refused = (der: Uint8Array): string => {
    try {
      readCertificate(der)
      return 'ok'
    } catch (error) {
      return error instanceof Refusal ? error.code : String(error)
    }
  }

  it('is refused with bytes after it, an extension twice, a default written out, or two algorithms', () => {
    const FALSE = Uint8Array.of(1, 1, 0)
    expect(refused(concatBytes(leaf(), Uint8Array.of(0)))).toBe('MALFORMED')
    expect(refused(leaf({ extensions: [strange(false), strange(false)] }))).toBe('MALFORMED')
    expect(refused(leaf({ extensions: [seq(oid('1.2.3.4'), FALSE, Uint8Array.of(4, 0))] }))).toBe('MALFORMED')
    expect(refused(leaf({ algorithm: keys.root.algorithm }))).toBe('MALFORMED')
    expect(refused(leaf({ extensions: [extension('2.5.29.19', seq(TRUE), true)] }))).toBe('MALFORMED')
    expect(refused(leaf({ pathLength: 0 }))).toBe('MALFORMED')
    expect(refused(leaf({ serial: new Uint8Array(21).fill(1) }))).toBe('MALFORMED')
  })

  it('is refused when it is signed by an algorithm that is not accepted', () => {
    const sha1 = seq(oid('1.2.840.10045.4.1'))
    expect(refused(leaf({ by: { ...keys.middle, algorithm: sha1 } }))).toBe('UNSUPPORTED')
  })

  it('may have the serial 0, as AMD’s have', () => {
    expect(readCertificate(leaf({ serial: 0 })).serial).toBe('0x')
    expect(readCertificate(leaf({ serial: Uint8Array.of(0x80, 1) })).serial).toBe('0x8001')
    expect(int(0)).toEqual(Uint8Array.of(2, 1, 0))
  })
})
