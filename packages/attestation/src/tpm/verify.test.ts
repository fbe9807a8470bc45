import { bytesToHex, concatBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { nobleCheck } from '../crypto/noble.ts'
import type { Endorsements } from '../result/evidence.ts'
import { VENDOR_ROOTS } from '../roots/vendors.ts'
import { NOW } from '../testkit/ca.testkit.ts'
import { codeOf, flip } from '../testkit/flip.testkit.ts'
import { akCertificate, attest, EXTRA, REGISTERS, tpmCrl, tpmEvidence, tpmKeys, tpmRoots } from '../testkit/tpm.testkit.ts'
import { tpmVerifier } from './verify.ts'

const good: Endorsements = { certificates: [akCertificate()], crls: [tpmCrl()] }
const verify = (bytes: Uint8Array, endorsements = good) => tpmVerifier.verify(bytes, { now: NOW, roots: tpmRoots, endorsements })
const code = async (...args: Parameters<typeof verify>): Promise<string> => codeOf(await verify(...args))

describe('a TPM quote', () => {
  it('is refused when any of its bytes has a bit changed', async () => {
    const evidence = tpmEvidence()
    for (let at = 0; at < evidence.length; at += 5) expect(await code(flip(evidence, at, at % 8)), `byte ${at}`).not.toBe('ok')
    expect(await code(flip(evidence, 2 + 6 + 17 + 3))).toBe('SIGNATURE_INVALID')
  })

  it('is refused when it is cut or has a byte more, outside or inside', async () => {
    const evidence = tpmEvidence()
    for (const length of [0, 1, 50, 200, evidence.length - 1]) expect(await code(evidence.subarray(0, length))).toBe('MALFORMED')
    expect(await code(concatBytes(evidence, Uint8Array.of(0)))).toBe('MALFORMED')
    expect(await code(tpmEvidence(attest({ after: Uint8Array.of(0) })))).toBe('MALFORMED')
  })

  it('is refused when the key signed something that was not made in the TPM, or no quote', async () => {
    expect(await code(tpmEvidence(attest({ magic: 0xff544348 })))).toBe('MALFORMED')
    expect(await code(tpmEvidence(attest({ type: 0x8017 })))).toBe('UNSUPPORTED')
  })

  it('is refused with other registers than those signed: changed, swapped, fewer, none', async () => {
    const changed = [flip(REGISTERS[0]!, 0), ...REGISTERS.slice(1)]
    expect(await code(tpmEvidence(attest(), tpmKeys.ak, changed))).toBe('SIGNATURE_INVALID')
    expect(await code(tpmEvidence(attest(), tpmKeys.ak, REGISTERS.toReversed()))).toBe('SIGNATURE_INVALID')
    expect(await code(tpmEvidence(attest(), tpmKeys.ak, REGISTERS.slice(1)))).toBe('MALFORMED')
    expect(await code(tpmEvidence(attest({ banks: [] }), tpmKeys.ak, []))).toBe('MALFORMED')
    const joined = [concatBytes(REGISTERS[0]!, REGISTERS[1]!.subarray(0, 1)), REGISTERS[1]!.subarray(1), ...REGISTERS.slice(2)]
    expect(await code(tpmEvidence(attest(), tpmKeys.ak, joined))).toBe('MALFORMED')
  })

  it('is refused with weak or doubled banks', async () => {
    expect(await code(tpmEvidence(attest({ banks: [[4, [255, 255, 255]]] })))).toBe('UNSUPPORTED')
    expect(
      await code(
        tpmEvidence(
          attest({
            banks: [
              [11, [1]],
              [11, [2]],
            ],
          }),
        ),
      ),
    ).toBe('MALFORMED')
    expect(await code(tpmEvidence(attest({ banks: [[11, [1, 1, 1, 1, 1]]] })))).toBe('MALFORMED')
  })

  it('is refused by another key, without a certificate, under the vendor root, and when revoked', async () => {
    expect(await code(tpmEvidence(attest(), tpmKeys.other))).toBe('SIGNATURE_INVALID')
    expect(await code(tpmEvidence(attest(), tpmKeys.rsaAk))).toBe('SIGNATURE_INVALID')
    expect(await code(tpmEvidence(), {})).toBe('CHAIN_INVALID')
    expect(await code(tpmEvidence(), { certificates: [akCertificate(tpmKeys.ak, tpmKeys.rsaAk)] })).toBe('CHAIN_INVALID')
    expect(await code(tpmEvidence(), { ...good, crls: [tpmCrl([31])] })).toBe('CERT_REVOKED')
    expect(codeOf(await tpmVerifier.verify(tpmEvidence(), { now: NOW, roots: VENDOR_ROOTS, endorsements: good }))).toBe('UNTRUSTED_ROOT')
  })

  it('says what it holds, by keys on P-256 and RSA, through both implementations of signatures', async () => {
    const claims = await verify(tpmEvidence())
    expect(claims).toMatchObject({
      ok: true,
      trust: 'development',
      reportData: EXTRA,
      measurements: { pcr0: bytesToHex(REGISTERS[0]!), pcr23: bytesToHex(REGISTERS[23]!) },
      revocation: 'checked',
      facts: { resetCount: '3', restartCount: '4' },
    })
    expect(await tpmVerifier.verify(tpmEvidence(), { now: NOW, roots: tpmRoots, endorsements: good, check: nobleCheck })).toEqual(claims)
    expect(await code(tpmEvidence(attest(), tpmKeys.rsaAk), { certificates: [akCertificate(tpmKeys.rsaAk)] })).toBe('ok')
  })
})
