import { concatBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import type { SignatureCheck } from '../crypto/types.ts'
import { webCryptoCheck } from '../crypto/webcrypto.ts'
import { Refusal } from '../result/rejection.ts'
import { AUTHORITY, type CrlOptions, issue, issueCrl, LEAF, NOW, parsed, strange } from '../testkit/ca.testkit.ts'
import { flip } from '../testkit/flip.testkit.ts'
import { ecKey } from '../testkit/keys.testkit.ts'
import { checkRevocation, readCrls } from './revocation.ts'

const keys = { root: ecKey('P-384', 'root'), middle: ecKey('P-256', 'middle'), leaf: ecKey('P-256', 'leaf') }
const root = issue({ subject: 'root', issuer: 'root', key: keys.root, by: keys.root, ...AUTHORITY })
const middle = issue({ subject: 'middle', issuer: 'root', key: keys.middle, by: keys.root, ...AUTHORITY, serial: 21 })
const leaf = issue({ subject: 'leaf', issuer: 'middle', key: keys.leaf, by: keys.middle, ...LEAF, serial: 42 })
const path = parsed(leaf, middle, root)
const ofRoot = (o: Partial<CrlOptions> = {}) => issueCrl({ issuer: 'root', by: keys.root, ...o })
const ofMiddle = (o: Partial<CrlOptions> = {}) => issueCrl({ issuer: 'middle', by: keys.middle, ...o })

async function code(lists: readonly Uint8Array[], now = NOW, certificates = path): Promise<string> {
  try {
    const { status } = await checkRevocation(certificates, readCrls(lists), now, webCryptoCheck, () => true)
    return status
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

describe('revocation lists', () => {
  it('have signatures that may be remembered', async () => {
    const asked: unknown[] = []
    const check: SignatureCheck = (claim) => {
      asked.push(claim.lasting)
      return webCryptoCheck(claim)
    }
    await checkRevocation(path, readCrls([ofRoot(), ofMiddle()]), NOW, check, () => true)
    expect(asked).toEqual([true, true])
  })

  it('refuse certificates that their issuer names', async () => {
    expect(await code([ofRoot(), ofMiddle({ revoked: [1, 42] })])).toBe('CERT_REVOKED')
    expect(await code([ofRoot({ revoked: [21] }), ofMiddle()])).toBe('CERT_REVOKED')
    expect(await code([ofRoot({ revoked: [42] }), ofMiddle({ revoked: [21] })])).toBe('checked')
  })

  it('are refused when they are forged, empty, garbage, cut, or have a byte more', async () => {
    const good = ofMiddle()
    expect(await code([ofRoot(), ofMiddle({ by: keys.leaf })])).toBe('CRL_INVALID')
    expect(await code([ofRoot(), flip(good, -1)])).toBe('CRL_INVALID')
    for (const bad of [new Uint8Array(), new Uint8Array(100).fill(0x30), good.subarray(0, -1), concatBytes(good, Uint8Array.of(0))])
      expect(await code([ofRoot(), bad])).toBe('CRL_INVALID')
    for (let at = 0; at < good.length; at += 7) expect(await code([ofRoot(), flip(good, at, at % 8)]), `byte ${at}`).not.toBe('checked')
  })

  it('are refused out of date and before their date', async () => {
    const list = ofMiddle({ thisUpdate: NOW - 5, nextUpdate: NOW + 5 })
    expect(await code([ofRoot(), list], NOW - 6)).toBe('CRL_STALE')
    expect(await code([ofRoot(), list], NOW - 5)).toBe('checked')
    expect(await code([ofRoot(), list], NOW + 5)).toBe('checked')
    expect(await code([ofRoot(), list], NOW + 6)).toBe('CRL_STALE')
  })

  it('are refused when they are partial or the issuer may not sign lists', async () => {
    expect(await code([ofRoot(), ofMiddle({ extensions: [strange(true)] })])).toBe('CRL_INVALID')
    const silent = issue({ subject: 'middle', issuer: 'root', key: keys.middle, by: keys.root, ca: true, usage: [5] })
    expect(await code([ofRoot(), ofMiddle()], NOW, parsed(leaf, silent, root))).toBe('CRL_INVALID')
  })

  it('leave the path unchecked when one is missing, also when others are there', async () => {
    expect(await code([])).toBe('unchecked')
    expect(await code([ofRoot()])).toBe('unchecked')
    expect(await code([ofMiddle(), ofMiddle()])).toBe('unchecked')
    expect(await code([ofRoot(), ofMiddle()])).toBe('checked')
  })

  it('count all when an issuer has two, so that an old one beside it hides nothing', async () => {
    expect(await code([ofRoot(), ofMiddle(), ofMiddle({ revoked: [42] })])).toBe('CERT_REVOKED')
    expect(await code([ofRoot(), ofMiddle(), ofMiddle({ nextUpdate: NOW - 1 })])).toBe('CRL_STALE')
  })
})
