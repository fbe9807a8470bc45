import { concatBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { nobleCheck } from '../crypto/noble.ts'
import type { Endorsements } from '../result/evidence.ts'
import { VENDOR_ROOTS } from '../roots/vendors.ts'
import { NOW } from '../testkit/ca.testkit.ts'
import { codeOf, flip } from '../testkit/flip.testkit.ts'
import { ecKey } from '../testkit/keys.testkit.ts'
import {
  block,
  FIRMWARE,
  field,
  GPU_NONCE,
  gpuBrom,
  gpuChain,
  gpuCrls,
  gpuFamily,
  gpuKeys,
  gpuLeaf,
  gpuMaker,
  gpuReport,
  gpuRoot,
  gpuRoots,
} from '../testkit/nvidia.testkit.ts'
import { nvidiaVerifier } from './verify.ts'

const good: Endorsements = { certificates: gpuChain(), crls: gpuCrls() }
const verify = (bytes: Uint8Array, endorsements = good) => nvidiaVerifier.verify(bytes, { now: NOW, roots: gpuRoots, endorsements })
const code = async (...args: Parameters<typeof verify>): Promise<string> => codeOf(await verify(...args))

describe('a GPU report', () => {
  it('is refused when any of its bytes has a bit changed', async () => {
    const report = gpuReport()
    for (let at = 0; at < report.length; at += 3) expect(await code(flip(report, at, at % 8)), `byte ${at}`).not.toBe('ok')
    expect(await code(flip(report, 10))).toBe('SIGNATURE_INVALID')
    expect(await code(flip(report, 60))).toBe('SIGNATURE_INVALID')
  })

  it('is refused when it is cut or has a byte more', async () => {
    const report = gpuReport()
    for (const length of [0, 1, 37, 100, report.length - 1]) expect(await code(report.subarray(0, length))).toBe('MALFORMED')
    expect(await code(concatBytes(report, Uint8Array.of(0)))).toBe('MALFORMED')
  })

  it('is refused in another form than a request for all measurements and its signed answer', async () => {
    expect(await code(gpuReport({ head: [0x12, 0xe0, 1, 0xff] }))).toBe('UNSUPPORTED')
    for (const head of [
      [0x11, 0xe1, 1, 0xff],
      [0x11, 0xe0, 0, 0xff],
      [0x11, 0xe0, 1, 1],
    ])
      expect(await code(gpuReport({ head }))).toBe('MALFORMED')
    expect(await code(gpuReport({ response: [0x11, 0x7f, 0, 0] }))).toBe('MALFORMED')
    expect(await code(gpuReport({ blocks: [block(2), block(1)] }))).toBe('MALFORMED')
    expect(await code(gpuReport({ blocks: [block(1), block(1)] }))).toBe('MALFORMED')
    expect(await code(gpuReport({ count: 2 }))).toBe('MALFORMED')
    expect(await code(gpuReport({ fields: [field(3, FIRMWARE), field(3, FIRMWARE)] }))).toBe('MALFORMED')
  })

  it('is refused by another key, also of another genuine GPU', async () => {
    expect(await code(gpuReport({ by: gpuKeys.other }))).toBe('SIGNATURE_INVALID')
    const another = { ...good, certificates: gpuChain(gpuLeaf({ key: gpuKeys.other })) }
    expect(await code(gpuReport(), another)).toBe('SIGNATURE_INVALID')
    const small = ecKey('P-256', 'gpu')
    expect(await code(gpuReport(), { ...good, certificates: gpuChain(gpuLeaf({ key: small })) })).toBe('UNSUPPORTED')
  })

  it('is refused with certificates that are missing, in another order, or under another root', async () => {
    for (const certificates of [[], [gpuRoot], gpuChain().slice(1), [gpuLeaf(), gpuMaker, gpuBrom, gpuFamily, gpuRoot]])
      expect(await code(gpuReport(), { certificates })).not.toBe('ok')
    expect(await code(gpuReport(), { certificates: [gpuRoot] })).toBe('CHAIN_INVALID')
    expect(codeOf(await nvidiaVerifier.verify(gpuReport(), { now: NOW, roots: VENDOR_ROOTS, endorsements: good }))).toBe('UNTRUSTED_ROOT')
  })

  it('is refused when the certificate is for other firmware, or names none', async () => {
    expect(await code(gpuReport(), { ...good, certificates: gpuChain(gpuLeaf({ firmware: flip(FIRMWARE, 3) })) })).toBe('CHAIN_INVALID')
    expect(await code(gpuReport(), { ...good, certificates: gpuChain(gpuLeaf({ extensions: [] })) })).toBe('CHAIN_INVALID')
  })

  it('is refused when NVIDIA has revoked the family or the maker, and unchecked when a list is missing', async () => {
    expect(await code(gpuReport(), { ...good, crls: gpuCrls([2]) })).toBe('CERT_REVOKED')
    expect(await code(gpuReport(), { ...good, crls: gpuCrls([], [3]) })).toBe('CERT_REVOKED')
    for (const crls of [[], gpuCrls().slice(0, 1), gpuCrls().slice(1)])
      expect(await verify(gpuReport(), { ...good, crls })).toMatchObject({ ok: true, revocation: 'unchecked' })
  })

  it('is refused when the root stands below itself, which would leave the list of the family out of those that are asked for', async () => {
    for (const more of [[gpuRoot], [gpuRoot, gpuRoot]])
      expect(await code(gpuReport(), { certificates: [...gpuChain(), ...more], crls: gpuCrls().slice(0, 1) })).toBe('CHAIN_INVALID')
  })

  it('says what it holds, the same through both implementations of signatures', async () => {
    const claims = await verify(gpuReport())
    expect(claims).toMatchObject({
      ok: true,
      trust: 'development',
      family: 'GH100',
      reportData: GPU_NONCE,
      revocation: 'checked',
      measurements: { m1: `0x${'01'.repeat(48)}`, m3: `0x${'03'.repeat(48)}` },
      facts: { driver: '550.90.07', vbios: '96.00.9F.00.01' },
    })
    expect(await nvidiaVerifier.verify(gpuReport(), { now: NOW, roots: gpuRoots, endorsements: good, check: nobleCheck })).toEqual(claims)
  })
})
