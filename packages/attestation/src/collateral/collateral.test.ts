import { bytesToHex, type Hex, hexToBytes, keccak256, sha256, type VendorCollateral } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { nobleCheck } from '../crypto/noble.ts'
import type { Claims } from '../result/claims.ts'
import { AUTHORITY, issue, issueCrl, NOW, parsed } from '../testkit/ca.testkit.ts'
import {
  collateral,
  intelKeys,
  intelRoot,
  intelRoots,
  pckCa,
  pckCrl,
  qeIdentity,
  quote,
  rootCrl,
  signedFile,
  tcbInfo,
  tcbSigner,
} from '../testkit/dcap.testkit.ts'
import { ecKey } from '../testkit/keys.testkit.ts'
import { nitroEvidence, nitroRoots } from '../testkit/nitro.testkit.ts'
import { gpuBrom, gpuCrls, gpuFamily, gpuKeys, gpuMaker, gpuRoot, gpuRoots } from '../testkit/nvidia.testkit.ts'
import { ark, arkCrl, ask, snpEndorsements, snpReport, snpRoots, vcek } from '../testkit/snp.testkit.ts'
import { verifyEvidence } from '../verify.ts'
import type { Certificate } from '../x509/certificate.ts'
import { crlKey, qeIdentityKey, tcbInfoKey, vlekCrlKey } from './keys.ts'
import { certificateMark, mainMeasurementMark, marksOf, measurementMark, platformMark } from './marks.ts'
import { collateralUsed } from './used.ts'
import { issuerNaming, verifyCollateral } from './verify.ts'

const context = { now: NOW, roots: intelRoots, check: nobleCheck }
const list = (body: Uint8Array, ...certificates: Uint8Array[]): VendorCollateral => ({
  kind: 'crl',
  body,
  signature: new Uint8Array(),
  certificates,
})
const ofPlatforms = list(pckCrl(), pckCa, intelRoot)
const ofRoot = list(rootCrl(), intelRoot)
const info: VendorCollateral = { kind: 'tcbInfo', ...signedFile(tcbInfo('TDX')) }
const identity: VendorCollateral = { kind: 'qeIdentity', ...signedFile(qeIdentity('TD_QE')) }

async function tdxClaims(endorsements = collateral()): Promise<Claims> {
  const claims = await verifyEvidence({ platform: 'tdx', bytes: quote() }, { now: NOW, roots: intelRoots, endorsements })
  if (!claims.ok) throw new Error(claims.message)
  return claims
}

describe('what a vendor published', () => {
  const code = async (one: VendorCollateral, changes: object = {}) => {
    const result = await verifyCollateral(one, { ...context, ...changes })
    return result.ok ? 'ok' : result.code
  }

  it('is verified and gets its place', async () => {
    for (const one of [ofPlatforms, ofRoot, info, identity])
      expect(await verifyCollateral(one, context)).toMatchObject({ ok: true, kind: one.kind, trust: 'development' })
    expect(await verifyCollateral(info, context)).toMatchObject({ key: tcbInfoKey('development', 'TDX', '0xb0c06f000000'), number: 17n })
    expect(await verifyCollateral(identity, context)).toMatchObject({ key: qeIdentityKey('development', 'TD_QE'), number: 16n })
    expect(await verifyCollateral(ofPlatforms, context)).toMatchObject({ number: 5n, certificates: [{ serial: '0x0b' }] })
    expect(await verifyCollateral(ofRoot, context)).toMatchObject({ number: 5n, certificates: [] })
  })

  it('is refused by other roots, at other times, and when anything is forged', async () => {
    expect(await code(ofPlatforms, { roots: nitroRoots })).toBe('UNTRUSTED_ROOT')
    expect(await code(ofPlatforms, { roots: {} })).toBe('UNTRUSTED_ROOT')
    expect(await code(info, { roots: nitroRoots })).toBe('UNTRUSTED_ROOT')
    for (const now of [NOW - 86_400 - 1, NOW + 86_400 + 1]) expect(await code(ofRoot, { now })).toBe('CRL_STALE')
    expect(await code(info, { now: NOW + 20 * 86_400 + 1 })).toBe('COLLATERAL_STALE')
    for (const one of [ofPlatforms, ofRoot])
      for (const at of [20, one.body.length >> 1, one.body.length - 1]) {
        const body = one.body.map((byte, i) => (i === at ? byte ^ 1 : byte))
        expect(await code({ ...one, body }), `byte ${at}`).not.toBe('ok')
      }
    for (const one of [info, identity]) {
      expect(await code({ ...one, body: one.body.map((byte, i) => (i === 50 ? byte ^ 1 : byte)) })).toBe('COLLATERAL_INVALID')
      expect(await code({ ...one, signature: one.signature.map((byte) => byte ^ 1) })).toBe('COLLATERAL_INVALID')
      expect(await code({ ...one, kind: one.kind === 'tcbInfo' ? 'qeIdentity' : 'tcbInfo' })).toBe('COLLATERAL_INVALID')
      expect(await code({ ...one, certificates: [] })).toBe('CHAIN_INVALID')
    }
  })

  it('is signed by its own issuer', async () => {
    expect(await code({ ...ofPlatforms, certificates: [intelRoot] })).toBe('CRL_INVALID')
    expect(await code({ ...ofRoot, certificates: [pckCa, intelRoot] })).toBe('CRL_INVALID')
    expect(await code({ ...ofRoot, certificates: [tcbSigner(), intelRoot] })).toBe('CHAIN_INVALID')
    const rating = signedFile(tcbInfo('TDX'), intelKeys.ca, [pckCa, intelRoot])
    expect(await code({ kind: 'tcbInfo', ...rating })).not.toBe('ok')
  })

  it('is not by an authority that lives in a machine: a key out of a broken GPU would revoke what it likes, of any vendor', async () => {
    const [, { subject }] = parsed(intelRoot, pckCa) as [Certificate, Certificate]
    const stolen = ecKey('P-384', 'named by a broken GPU')
    const named = { subject: subject.commonName!, issuer: 'GH100 A01 GSP BROM', key: stolen, by: gpuKeys.brom, ...AUTHORITY, serial: 9 }
    const body = issueCrl({ issuer: named.subject, by: stolen, revoked: [1], number: 2 ** 31 })
    const certificates = [issue(named), gpuBrom, gpuMaker, gpuFamily, gpuRoot]
    expect(parsed(certificates[0]!)[0]!.subject.bytes).toEqual(subject.bytes)
    expect(await code(list(body, ...certificates), { roots: { ...intelRoots, ...gpuRoots } })).toBe('CHAIN_INVALID')
    const [ofRoot, ofFamily] = gpuCrls() as [Uint8Array, Uint8Array]
    expect(await code(list(ofRoot, gpuRoot), { roots: gpuRoots })).toBe('ok')
    expect(await code(list(ofFamily, gpuFamily), { roots: gpuRoots })).toBe('ok')
  })

  it('has another place where it is AMD’s list of keys that clouds load, which is of AMD alone', async () => {
    const amd = list(arkCrl('Genoa'), ark('Genoa'))
    const places = await Promise.all(
      (['crl', 'vlekCrl'] as const).map(async (kind) => {
        const found = await verifyCollateral({ ...amd, kind }, { ...context, roots: snpRoots('Genoa') })
        return found.ok ? found : Promise.reject(new Error(found.message))
      }),
    )
    const issuer = bytesToHex(sha256(parsed(ark('Genoa'))[0]!.subject.bytes))
    expect(places).toMatchObject([
      { kind: 'crl', key: crlKey('development', issuer) },
      { kind: 'vlekCrl', key: vlekCrlKey('development', issuer) },
    ])
    for (const one of [ofPlatforms, ofRoot]) {
      expect(await code({ ...one, kind: 'vlekCrl' })).toBe('CRL_INVALID')
      expect(await code({ ...one, kind: 'vlekCrl' }, { roots: { ...snpRoots('Genoa'), ...intelRoots } })).toBe('CRL_INVALID')
    }
    expect(issuerNaming({ ...amd, kind: 'vlekCrl' }, [])).toBe(issuer)
  })

  it('names serials or does not', () => {
    const one = list(pckCrl([5, 200_000]), pckCa, intelRoot)
    const issuer = issuerNaming(one, ['0x05', '0x030d40'])
    expect(issuer).toMatch(/^0x[0-9a-f]{64}$/)
    expect(issuerNaming(one, ['0x05', '0x06'])).toBeUndefined()
    expect(issuerNaming(one, ['0x0005'])).toBeUndefined()
    expect(issuerNaming(info, ['0x05'])).toBeUndefined()
  })
})

describe('what evidence rests on', () => {
  it('is every list that there could be, and Intel’s files, with their dates', async () => {
    const endorsements = collateral()
    const claims = await tdxClaims(endorsements)
    const places = await Promise.all([ofPlatforms, ofRoot, info, identity].map((one) => verifyCollateral(one, context)))
    const expected = places.map((place) => (place.ok ? { key: place.key, thisUpdate: place.thisUpdate, number: place.number } : place))
    expect(new Set(collateralUsed(claims, endorsements))).toEqual(new Set(expected))
  })

  it('is dated 0 where nothing was brought', async () => {
    const claims = await tdxClaims({ crls: [] })
    for (const used of collateralUsed(claims, { crls: [] })) expect(used).toMatchObject({ thisUpdate: 0, number: 0n })
    expect(collateralUsed(claims, { crls: [pckCrl()] }).filter(({ thisUpdate }) => thisUpdate > 0)).toHaveLength(1)
  })

  it('is AMD’s list of its chips’ keys, or the one of those that clouds load: whichever signed', async () => {
    const issuer = bytesToHex(sha256(parsed(ark('Genoa'))[0]!.subject.bytes))
    const certificates = [vcek({ kind: 'VLEK' }), ask('Genoa', 'SEV-VLEK'), ark('Genoa')]
    const ofCloud = snpReport({ 72: [1 << 2], 416: new Uint8Array(64) })
    for (const [bytes, endorsements, key] of [
      [snpReport(), snpEndorsements(), crlKey('development', issuer)],
      [ofCloud, { certificates, crls: [arkCrl('Genoa')] }, vlekCrlKey('development', issuer)],
    ] as const) {
      const claims = await verifyEvidence({ platform: 'snp', bytes }, { now: NOW, roots: snpRoots('Genoa'), endorsements })
      if (!claims.ok) throw new Error(claims.message)
      const used = collateralUsed(claims, endorsements)
      expect(used.filter(({ thisUpdate }) => thisUpdate > 0)).toMatchObject([{ key }])
      const other = [crlKey('development', issuer), vlekCrlKey('development', issuer)].find((one) => one !== key)
      expect(used.map((one) => one.key)).not.toContain(other)
    }
  })

  it('is nothing where the vendor publishes nothing', async () => {
    const claims = await verifyEvidence({ platform: 'nitro', bytes: nitroEvidence() }, { now: NOW, roots: nitroRoots })
    if (!claims.ok) throw new Error(claims.message)
    expect(collateralUsed(claims, { crls: [rootCrl()] })).toEqual([])
  })

  it('of hardware has other places than what is of development', () => {
    const issuer: Hex = `0x${'11'.repeat(32)}`
    const keys = (['hardware', 'development'] as const).flatMap((trust) => [
      crlKey(trust, issuer),
      vlekCrlKey(trust, issuer),
      tcbInfoKey(trust, 'SGX', '0x010203040506'),
      tcbInfoKey(trust, 'TDX', '0x010203040506'),
      qeIdentityKey(trust, 'QE'),
      qeIdentityKey(trust, 'TD_QE'),
    ])
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('marks', () => {
  it('are of all measurements, the main one, the machine, and each certificate, once', async () => {
    const claims = await tdxClaims()
    const marks = marksOf([claims, claims])
    expect(marks).toEqual([
      measurementMark(claims),
      mainMeasurementMark(claims),
      platformMark(claims),
      ...claims.certificates.map(certificateMark),
    ])
    const other = { ...claims, measurements: { ...claims.measurements, rtmr3: `0x${'01'.repeat(48)}` as Hex } }
    expect(measurementMark(other)).not.toBe(measurementMark(claims))
    expect(mainMeasurementMark(other)).toBe(mainMeasurementMark(claims))
    expect(measurementMark({ ...claims, platform: 'sgx' })).not.toBe(measurementMark(claims))
  })

  it('of certificates are those of Solidity: keccak256(abi.encode(issuer, serial))', () => {
    const issuer: Hex = `0x${'22'.repeat(32)}`
    for (const serial of ['0x', '0x05', '0x030d40', `0x${'ff'.repeat(20)}`] as Hex[]) {
      const word = serial.slice(2).padStart(64, '0')
      expect(certificateMark({ issuer, serial })).toBe(bytesToHex(keccak256(hexToBytes(`${issuer}${word}` as Hex))))
    }
  })
})
