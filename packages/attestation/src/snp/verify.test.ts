import { bytesToHex, concatBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { nobleCheck } from '../crypto/noble.ts'
import type { Endorsements } from '../result/evidence.ts'
import { VENDOR_ROOTS } from '../roots/vendors.ts'
import { NOW } from '../testkit/ca.testkit.ts'
import { codeOf, flip, patched } from '../testkit/flip.testkit.ts'
import { ecKey } from '../testkit/keys.testkit.ts'
import { ark, arkCrl, ask, CHIP, snpEndorsements, snpKeys, snpReport, snpRoots, vcek } from '../testkit/snp.testkit.ts'
import { snpVerifier } from './verify.ts'

const roots = snpRoots('Genoa', 'Milan', 'Turin')
const verify = (bytes: Uint8Array, endorsements: Endorsements = snpEndorsements(), now = NOW) =>
  snpVerifier.verify(bytes, { now, roots, endorsements })
const code = async (...args: Parameters<typeof verify>): Promise<string> => codeOf(await verify(...args))
const withLeaf = (leaf: Uint8Array): Endorsements => ({ ...snpEndorsements(), certificates: [leaf, ask('Genoa'), ark('Genoa')] })

describe('SNP evidence', () => {
  it('is refused when any of its regions has a bit changed', async () => {
    const report = snpReport()
    for (let at = 0; at < report.length; at += 13) expect(await code(flip(report, at, at % 8)), `byte ${at}`).not.toBe('ok')
    expect(await code(flip(report, 0x90))).toBe('SIGNATURE_INVALID')
    expect(await code(flip(report, 0x50))).toBe('SIGNATURE_INVALID')
    expect(await code(flip(report, 0x2a0))).toBe('SIGNATURE_INVALID')
  })

  it('is refused when it is cut, has a byte more, or reserved bytes that are not zero', async () => {
    const report = snpReport()
    for (const bytes of [new Uint8Array(), report.subarray(0, 1183), concatBytes(report, Uint8Array.of(0))])
      expect(await code(bytes)).toBe('MALFORMED')
    for (const at of [0x44, 0x4c, 0x18b, 0x1eb, 0x1f8, 0x29f]) expect(await code(snpReport({ [at]: [1] })), `at ${at}`).toBe('MALFORMED')
    for (const at of [0x2a0 + 48, 0x2a0 + 143, 0x2a0 + 144, 1183]) expect(await code(patched(report, at, [1]))).toBe('MALFORMED')
    expect(await code(snpReport({ 8: [0, 0, 1] }))).toBe('MALFORMED')
  })

  it('is refused in a version, algorithm or kind of key that is not known', async () => {
    for (const patch of [{ 0: [1] }, { 0: [6] }, { 52: [2] }, { 72: [7 << 2] }, { 72: [2 << 2] }])
      expect(await code(snpReport(patch))).toBe('UNSUPPORTED')
  })

  it('is refused by the kind of its key, whatever checks the signatures', async () => {
    const signed = (leaf: Uint8Array) => snpVerifier.verify(snpReport(), { now: NOW, roots, endorsements: withLeaf(leaf), check })
    const check = () => Promise.resolve(true)
    expect(codeOf(await signed(vcek()))).toBe('ok')
    for (const key of [ecKey('P-256', 'small'), snpKeys.ask]) expect(codeOf(await signed(vcek({ key })))).toBe('SIGNATURE_INVALID')
  })

  it('is refused without certificates, under the vendor roots, and with the chain of another family', async () => {
    expect(await code(snpReport(), {})).toBe('CHAIN_INVALID')
    expect(codeOf(await snpVerifier.verify(snpReport(), { now: NOW, roots: VENDOR_ROOTS, endorsements: snpEndorsements() }))).not.toBe('ok')
    const milan = vcek({ family: 'Genoa', issuer: 'SEV-Milan' })
    expect(await code(snpReport(), { certificates: [milan, ask('Milan'), ark('Milan')] })).toBe('CHAIN_INVALID')
    expect(await code(snpReport(), snpEndorsements('Milan'))).toBe('CHAIN_INVALID')
  })

  it('is refused with the certificate of another chip, other versions, or another kind of key', async () => {
    const versions = { 1: 7, 2: 0, 3: 14, 8: 72 }
    expect(await code(snpReport(), withLeaf(vcek({ versions })))).toBe('ok')
    expect(await code(snpReport(), withLeaf(vcek({ chip: flip(CHIP, 5) })))).toBe('CHAIN_INVALID')
    expect(await code(snpReport(), withLeaf(vcek({ chip: CHIP.subarray(1) })))).toBe('CHAIN_INVALID')
    for (const part of [1, 2, 3, 8])
      expect(await code(snpReport(), withLeaf(vcek({ versions: { ...versions, [part]: 99 } })))).toBe('CHAIN_INVALID')
    expect(await code(snpReport(), withLeaf(vcek({ versions: { 1: 7 } })))).toBe('CHAIN_INVALID')
    expect(await code(snpReport({ 72: [1 << 2] }))).toBe('CHAIN_INVALID')
    expect(await code(snpReport({ 72: [2] }))).toBe('CHAIN_INVALID')
    expect(await code(snpReport(), withLeaf(vcek({ subject: 'SEV-OTHER' })))).toBe('CHAIN_INVALID')
    for (const at of [0x182, 0x185]) expect(await code(snpReport({ [at]: [1] }))).toBe('MALFORMED')
    expect(await code(snpReport(), withLeaf(vcek({ product: 'Naples' })))).toBe('UNSUPPORTED')
  })

  it('is refused when the processor it names is of another family than the certificate', async () => {
    expect(await code(snpReport({ 392: [0x19, 0x01, 1] }))).toBe('CHAIN_INVALID')
    expect(await code(snpReport({ 392: [0x17, 0x11, 1] }))).toBe('CHAIN_INVALID')
  })

  it('is refused when another key signed', async () => {
    expect(await code(snpReport({}, snpKeys.other))).toBe('SIGNATURE_INVALID')
    expect(await code(snpReport({}, snpKeys.other), withLeaf(vcek({ key: snpKeys.other, by: snpKeys.ark })))).toBe('CHAIN_INVALID')
  })

  it('is refused when AMD has revoked the authority, or the list is forged', async () => {
    const { certificates } = snpEndorsements()
    expect(await code(snpReport(), { certificates: certificates!, crls: [arkCrl('Genoa', [0x10001])] })).toBe('CERT_REVOKED')
    expect(await code(snpReport(), { certificates: certificates!, crls: [flip(arkCrl('Genoa'), -1)] })).toBe('CRL_INVALID')
    expect(await code(snpReport(), { certificates: certificates!, crls: [new Uint8Array()] })).toBe('CRL_INVALID')
    expect(await code(snpReport(), snpEndorsements(), NOW + 2 * 86_400)).toBe('CRL_STALE')
  })

  it('says that nobody checked revocation when the list is missing or of another root', async () => {
    const { certificates } = snpEndorsements()
    expect(await verify(snpReport(), { certificates: certificates! })).toMatchObject({ ok: true, revocation: 'unchecked' })
    expect(await verify(snpReport(), { certificates: certificates!, crls: [arkCrl('Milan')] })).toMatchObject({
      ok: true,
      revocation: 'unchecked',
    })
  })

  it('says what it holds, the same through both implementations of signatures', async () => {
    const claims = await verify(snpReport({ 8: [0, 0, 0x0f], 48: [2] }))
    expect(claims).toMatchObject({
      ok: true,
      trust: 'development',
      family: 'Genoa',
      debug: true,
      migratable: true,
      revocation: 'checked',
      platformId: bytesToHex(CHIP),
      measurements: { measurement: bytesToHex(new Uint8Array(48).fill(0x3e)) },
      tcb: { status: 'Unrated', svn: { bootloader: 7, tee: 0, snp: 14, microcode: 72 } },
      facts: { vmpl: '2', signer: 'vcek', smt: 'yes', aliasCheck: 'yes' },
    })
    const options = { now: NOW, roots, endorsements: snpEndorsements(), check: nobleCheck }
    expect(await snpVerifier.verify(snpReport({ 8: [0, 0, 0x0f], 48: [2] }), options)).toEqual(claims)
  })

  it('reads version 2, which does not name its processor', async () => {
    expect(await code(snpReport({ 0: [2], 392: [0, 0, 0] }))).toBe('ok')
    expect(await code(snpReport({ 0: [2] }))).toBe('MALFORMED')
  })

  it('reads reports signed by a key loaned to a cloud', async () => {
    const leaf = vcek({ kind: 'VLEK' })
    const endorsements = { certificates: [leaf, ask('Genoa', 'SEV-VLEK'), ark('Genoa')] }
    const report = snpReport({ 72: [1 << 2], 416: new Uint8Array(64) })
    expect(await verify(report, endorsements)).toMatchObject({ ok: true, facts: { signer: 'vlek', cloud: 'CN=cloud.example' } })
    expect(await code(snpReport({ 416: new Uint8Array(64) }), endorsements)).toBe('CHAIN_INVALID')
    expect(await code(report, { certificates: [vcek({ kind: 'VLEK', issuer: 'SEV-Genoa' }), ask('Genoa'), ark('Genoa')] })).toBe(
      'CHAIN_INVALID',
    )
  })

  it('reads the layout of Turin', async () => {
    const tcb = [3, 1, 2, 4, 0, 0, 0, 9]
    const chip = concatBytes(new Uint8Array(8).fill(5), new Uint8Array(56))
    const turin = { 384: tcb, 392: [0x1a, 0x02, 1], 416: chip }
    const leaf = vcek({ family: 'Turin', chip: chip.subarray(0, 8), versions: { 1: 1, 2: 2, 3: 4, 8: 9, 9: 3 } })
    expect(await verify(snpReport(turin), snpEndorsements('Turin', leaf))).toMatchObject({
      ok: true,
      family: 'Turin',
      tcb: { svn: { fmc: 3, bootloader: 1, tee: 2, snp: 4, microcode: 9 } },
    })
    expect(await code(snpReport({ ...turin, 416: patched(chip, 8, [1]) }), snpEndorsements('Turin', leaf))).toBe('CHAIN_INVALID')
  })
})
