import { bytesToHex, concatBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { nobleCheck } from '../crypto/noble.ts'
import type { Endorsements } from '../result/evidence.ts'
import { VENDOR_ROOTS } from '../roots/vendors.ts'
import { AUTHORITY, issue, LEAF, NOW } from '../testkit/ca.testkit.ts'
import {
  collateral,
  intelKeys,
  intelRoot,
  intelRoots,
  pck,
  pckCa,
  pckCrl,
  pem,
  qeIdentity,
  quote,
  rootCrl,
  sgxBody,
  signedFile,
  tcbInfo,
  tcbSigner,
  tdBody,
} from '../testkit/dcap.testkit.ts'
import { codeOf, flip } from '../testkit/flip.testkit.ts'
import { ecKey, rsaKey } from '../testkit/keys.testkit.ts'
import { trimQuote } from './quote.ts'
import { sgxVerifier, tdxVerifier } from './verify.ts'

const verify = (bytes: Uint8Array, endorsements: Endorsements = collateral(), now = NOW) =>
  tdxVerifier.verify(bytes, { now, roots: intelRoots, endorsements })
const code = async (...args: Parameters<typeof verify>): Promise<string> => codeOf(await verify(...args))
const status = async (bytes: Uint8Array, endorsements: Endorsements = collateral()): Promise<string> => {
  const result = await verify(bytes, endorsements)
  return result.ok ? result.tcb.status : result.code
}
const withPck = (leaf: Uint8Array): Uint8Array => quote({ certificates: pem(leaf, pckCa, intelRoot) })

describe('a TDX quote', () => {
  it('is refused when any of its regions has a bit changed', async () => {
    const good = quote()
    // A bit of the user data, the signature version or of reserved bytes breaks the signature; one in the PEM breaks a certificate.
    for (let at = 0; at < good.length; at += 23) expect(await code(flip(good, at, at % 7)), `byte ${at}`).not.toBe('ok')
    expect(await code(flip(good, 48 + 520))).toBe('SIGNATURE_INVALID')
    expect(await code(flip(good, 48 + 136))).toBe('SIGNATURE_INVALID')
    expect(await code(flip(good, 48 + 120))).toBe('SIGNATURE_INVALID')
  })

  it('is refused when it is cut or followed by anything, zeros too', async () => {
    const good = quote()
    for (const length of [0, 1, 47, 600, 640, good.length - 1]) expect(await code(good.subarray(0, length))).toBe('MALFORMED')
    for (const byte of [0, 0xaa]) expect(await code(concatBytes(good, new Uint8Array(70).fill(byte)))).toBe('MALFORMED')
    expect(await code(trimQuote(concatBytes(good, new Uint8Array(70))))).toBe('ok')
    expect(await code(trimQuote(concatBytes(good, new Uint8Array(70).fill(0xaa))))).toBe('MALFORMED')
  })

  it('is no verdict where this machine has no memory to look for its end', () => {
    const noMemory = new RangeError('Array buffer allocation failed')
    const subarray = (): never => {
      throw noMemory
    }
    expect(() => trimQuote(Object.assign(quote(), { subarray }))).toThrow(noMemory)
  })

  it('is refused by the kind of the machine’s key, whatever checks the signatures', async () => {
    const check = () => Promise.resolve(true)
    const signed = async (leaf: Uint8Array) =>
      codeOf(await tdxVerifier.verify(withPck(leaf), { now: NOW, roots: intelRoots, endorsements: collateral(), check }))
    expect(await signed(pck())).toBe('ok')
    for (const key of [ecKey('P-384', 'big'), rsaKey('pkcs1', 'rsa')]) expect(await signed(pck({ key }))).toBe('SIGNATURE_INVALID')
  })

  it('is refused in versions, keys, enclaves and certification data that are not known', async () => {
    for (const header of [{ 0: [2] }, { 0: [6] }, { 2: [3] }, { 4: [0x82] }, { 12: [0] }])
      expect(await code(quote({ header }))).toBe('UNSUPPORTED')
    expect(await code(quote({ version: 3 }))).toBe('UNSUPPORTED')
    expect(await code(quote({ version: 5, header: { 0: [6, 0, 2, 0, 0x81] } }))).toBe('UNSUPPORTED')
    const older = quote({ version: 3, body: sgxBody(), header: { 0: [2, 0, 2] } })
    expect(codeOf(await sgxVerifier.verify(older, { now: NOW, roots: intelRoots, endorsements: collateral({}, 'SGX') }))).toBe(
      'UNSUPPORTED',
    )
    for (const kinds of [
      [7, 5],
      [6, 4],
    ] as const)
      expect(await code(quote({ kinds }))).toBe('UNSUPPORTED')
    expect(await code(quote({ body: sgxBody() }))).toBe('UNSUPPORTED')
    expect(await code(quote({ version: 5, body: sgxBody(), tee: 0x81 }))).toBe('MALFORMED')
  })

  it('is refused under the vendor roots and under a root of the same name', async () => {
    expect(codeOf(await tdxVerifier.verify(quote(), { now: NOW, roots: VENDOR_ROOTS, endorsements: collateral() }))).not.toBe('ok')
    const fake = issue({
      subject: 'Intel SGX Root CA',
      issuer: 'Intel SGX Root CA',
      key: intelKeys.other,
      by: intelKeys.other,
      ...AUTHORITY,
    })
    expect(await code(quote({ certificates: pem(pck(), pckCa, fake) }))).toBe('UNTRUSTED_ROOT')
  })

  it('is refused with certificates that the root issued for something else', async () => {
    expect(await code(quote({ certificates: pem(tcbSigner(), intelRoot), pckKey: intelKeys.tcb }))).toBe('CHAIN_INVALID')
    expect(await code(withPck(pck({ subject: 'Intel SGX Something' })))).toBe('CHAIN_INVALID')
    const ca = issue({ subject: 'Other CA', issuer: 'Intel SGX Root CA', key: intelKeys.ca, by: intelKeys.root, ...AUTHORITY })
    expect(await code(quote({ certificates: pem(pck({ issuer: 'Other CA' }), ca, intelRoot) }))).toBe('CHAIN_INVALID')
    expect(await code(withPck(pck({ extensions: [] })))).toBe('CHAIN_INVALID')
  })

  it('is refused when a link of PCK, quoting enclave, attestation key and quote is broken', async () => {
    expect(await code(quote({ pckKey: intelKeys.other }))).toBe('SIGNATURE_INVALID')
    expect(await code(quote({ by: intelKeys.other }))).toBe('SIGNATURE_INVALID')
    expect(await code(quote({ qe: { 320: new Uint8Array(64) } }))).toBe('SIGNATURE_INVALID')
    expect(await code(quote({ qe: { 352: [1] } }))).toBe('SIGNATURE_INVALID')
    expect(await code(quote({ qe: { 48: [0x13] } }))).toBe('TCB_REJECTED')
    expect(await code(quote({ qe: { 48: [0x13] } }), {})).toBe('TCB_REJECTED')
    expect(await code(quote({ attestation: intelKeys.other }))).toBe('ok')
  })

  it('is refused when a certificate has expired or was revoked', async () => {
    expect(await code(withPck(pck({ notAfter: NOW - 1 })))).toBe('CERT_EXPIRED')
    expect(await code(quote(), collateral({ crls: [rootCrl(), pckCrl([13])] }))).toBe('CERT_REVOKED')
    expect(await code(quote(), collateral({ crls: [rootCrl([11]), pckCrl()] }))).toBe('CERT_REVOKED')
    expect(await code(quote(), collateral({ crls: [rootCrl([12]), pckCrl()] }))).toBe('CERT_REVOKED')
  })

  it('is refused with lists that are forged, empty, garbage or stale, and unchecked without them', async () => {
    for (const bad of [new Uint8Array(), new Uint8Array(300).fill(7), flip(pckCrl(), -1)])
      expect(await code(quote(), collateral({ crls: [rootCrl(), bad] }))).toBe('CRL_INVALID')
    expect(await code(quote(), collateral(), NOW + 2 * 86_400)).toBe('CRL_STALE')
    for (const crls of [[], [rootCrl()], [pckCrl()]])
      expect(await verify(quote(), collateral({ crls }))).toMatchObject({ ok: true, revocation: 'unchecked' })
    expect(await verify(quote())).toMatchObject({ ok: true, revocation: 'checked' })
  })

  it('says what it holds, the same through both implementations of signatures', async () => {
    for (const [version, size] of [
      [4, 584],
      [5, 584],
      [5, 648],
    ] as const) {
      const bytes = quote({ version, body: tdBody({ 120: [1, 0, 0, 0x20] }, size) })
      const claims = await verify(bytes)
      expect(claims).toMatchObject({
        ok: true,
        debug: true,
        migratable: true,
        reportData: new Uint8Array(64).fill(0xda),
        measurements: { mrtd: bytesToHex(new Uint8Array(48).fill(0x3d)), rtmr3: `0x${'00'.repeat(48)}` },
        platformId: `0x${'77'.repeat(16)}`,
        tcb: { status: 'UpToDate', evaluation: 16 },
      })
      expect(await tdxVerifier.verify(bytes, { now: NOW, roots: intelRoots, endorsements: collateral(), check: nobleCheck })).toEqual(
        claims,
      )
    }
  })
})

describe('an SGX quote', () => {
  it('is verified in versions 3, 4 and 5, and only by its own verifier', async () => {
    const options = { now: NOW, roots: intelRoots, endorsements: collateral({}, 'SGX') }
    for (const version of [3, 4, 5] as const) {
      const bytes = quote({ version, body: sgxBody({ 48: [0x13] }) })
      expect(await sgxVerifier.verify(bytes, options)).toMatchObject({ ok: true, debug: true, tcb: { status: 'UpToDate' } })
      expect(codeOf(await sgxVerifier.verify(bytes, { ...options, endorsements: collateral() }))).toBe('COLLATERAL_INVALID')
    }
    expect(codeOf(await sgxVerifier.verify(quote(), options))).toBe('UNSUPPORTED')
  })
})

describe('the security level', () => {
  it('is unknown without Intel’s files, and refused with only one of them', async () => {
    expect(await status(quote(), { crls: [rootCrl(), pckCrl()] })).toBe('Unknown')
    const { tcbInfo: info, qeIdentity: identity, crls } = collateral()
    expect(await status(quote(), { crls: crls!, tcbInfo: info! })).toBe('COLLATERAL_MISSING')
    expect(await status(quote(), { crls: crls!, qeIdentity: identity! })).toBe('COLLATERAL_MISSING')
  })

  it('is refused from files that Intel’s key did not sign, also when another of its keys did', async () => {
    const content = tcbInfo('TDX')
    const own = [tcbSigner({ key: intelKeys.other, by: intelKeys.other }), intelRoot]
    expect(await status(quote(), collateral({ tcbInfo: signedFile(content, intelKeys.other) }))).toBe('COLLATERAL_INVALID')
    expect(await status(quote(), collateral({ tcbInfo: signedFile(content, intelKeys.other, own) }))).toBe('CHAIN_INVALID')
    expect(await status(quote(), collateral({ tcbInfo: signedFile(content, intelKeys.pck, [pck(), pckCa, intelRoot]) }))).toBe(
      'COLLATERAL_INVALID',
    )
    const named = issue({
      subject: 'Intel SGX TCB Signing',
      issuer: 'Intel SGX PCK Platform CA',
      key: intelKeys.other,
      by: intelKeys.ca,
      ...LEAF,
    })
    expect(await status(quote(), collateral({ tcbInfo: signedFile(content, intelKeys.other, [named, pckCa, intelRoot]) }))).toBe(
      'COLLATERAL_INVALID',
    )
    const good = signedFile(content)
    expect(await status(quote(), collateral({ tcbInfo: { ...good, body: flip(good.body, 20) } }))).toBe('COLLATERAL_INVALID')
    expect(await status(quote(), collateral({ qeIdentity: signedFile(qeIdentity('TD_QE'), intelKeys.other) }))).toBe('COLLATERAL_INVALID')
  })

  it('is refused from files out of date, of another platform, or of another kind', async () => {
    const past = { issueDate: '2025-01-01T00:00:00Z', nextUpdate: '2025-02-01T00:00:00Z' }
    expect(await status(quote(), collateral({ tcbInfo: signedFile(tcbInfo('TDX', past)) }))).toBe('COLLATERAL_STALE')
    expect(await status(quote(), collateral({ tcbInfo: signedFile(tcbInfo('TDX', { issueDate: '2026-04-01T00:00:00Z' })) }))).toBe(
      'COLLATERAL_STALE',
    )
    expect(await status(quote(), collateral({ qeIdentity: signedFile(qeIdentity('TD_QE', past)) }))).toBe('COLLATERAL_STALE')
    expect(await status(quote(), collateral({ tcbInfo: signedFile(tcbInfo('TDX', { fmspc: '00A067110000' })) }))).toBe('COLLATERAL_MISSING')
    expect(await status(quote(), collateral({ tcbInfo: signedFile(tcbInfo('TDX', { pceId: '0001' })) }))).toBe('COLLATERAL_MISSING')
    expect(await status(quote(), collateral({ tcbInfo: signedFile(tcbInfo('SGX')) }))).toBe('COLLATERAL_INVALID')
    expect(await status(quote(), collateral({ qeIdentity: signedFile(qeIdentity('QE')) }))).toBe('COLLATERAL_INVALID')
    for (const changes of [{ version: 2 }, { tcbLevels: [] }, { tcbType: 1 }, { nextUpdate: 'soon' }])
      expect(await status(quote(), collateral({ tcbInfo: signedFile(tcbInfo('TDX', changes)) }))).toBe('COLLATERAL_INVALID')
  })

  it('is refused from levels that do not name all sixteen parts', async () => {
    const { tcbLevels } = tcbInfo('TDX') as { tcbLevels: { tcb: Record<string, unknown[]> }[] }
    for (const name of ['sgxtcbcomponents', 'tdxtcbcomponents']) {
      const short = tcbLevels.map((level) => ({ ...level, tcb: { ...level.tcb, [name]: level.tcb[name]!.slice(0, 1) } }))
      expect(await status(quote(), collateral({ tcbInfo: signedFile(tcbInfo('TDX', { tcbLevels: short })) }))).toBe('COLLATERAL_INVALID')
    }
  })

  it('is refused when another enclave than Intel’s made the quote', async () => {
    for (const qe of [{ 128: [0] }, { 256: [1] }, { 16: [1] }, { 48: [0x31] }]) expect(await status(quote({ qe }))).toBe('TCB_REJECTED')
  })

  it('is the first that every version number reaches', async () => {
    const old = [4, 5, 2, 2, 3, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0]
    expect(await status(quote())).toBe('UpToDate')
    expect(await status(withPck(pck({ components: old })))).toBe('OutOfDate')
    expect(await status(withPck(pck({ pceSvn: 10 })))).toBe('OutOfDate')
    expect(await status(withPck(pck({ pceSvn: 4 })))).toBe('Unsupported')
    expect(await status(quote({ body: tdBody({ 0: [5, 1, 1] }) }))).toBe('Unsupported')
  })

  it('is that of the worst of platform, module and quoting enclave', async () => {
    expect(await verify(quote({ body: tdBody({ 0: [3, 1, 2] }) }))).toMatchObject({
      tcb: { status: 'OutOfDate', advisories: ['INTEL-SA-1'], behindSince: NOW - 10 * 86_400 },
    })
    expect(await status(quote({ body: tdBody({ 0: [1, 1, 2] }) }))).toBe('Unsupported')
    expect(await status(quote({ body: tdBody({ 0: [5, 9, 2] }) }))).toBe('Unsupported')
    expect(await status(quote({ body: tdBody({ 64: [1] }) }))).toBe('Unsupported')
    expect(await status(quote({ body: tdBody({ 112: [1] }) }))).toBe('Unsupported')
    expect(await status(quote({ qe: { 258: [3] } }))).toBe('OutOfDate')
    expect(await status(quote({ qe: { 258: [1] } }))).toBe('Unsupported')
  })

  it('of the first module generation is judged by the platform’s levels alone', async () => {
    expect(await status(quote({ body: tdBody({ 0: [5, 0, 2] }) }))).toBe('UpToDate')
    expect(await status(quote({ body: tdBody({ 0: [4, 0, 2] }) }))).toBe('Unsupported')
  })
})
