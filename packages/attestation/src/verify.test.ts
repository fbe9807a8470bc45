import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PLATFORMS, type Platform } from './result/claims.ts'
import { REJECTION_MEANINGS } from './result/codes.ts'
import { VENDOR_ROOTS } from './roots/vendors.ts'
import { azureEvidence } from './testkit/azure.testkit.ts'
import { NOW } from './testkit/ca.testkit.ts'
import { quote, sgxBody } from './testkit/dcap.testkit.ts'
import { nitroEvidence, nitroRoots } from './testkit/nitro.testkit.ts'
import { gpuReport } from './testkit/nvidia.testkit.ts'
import { snpReport } from './testkit/snp.testkit.ts'
import { tpmEvidence } from './testkit/tpm.testkit.ts'
import { verifyEvidence } from './verify.ts'

const SAMPLES: Readonly<Record<Platform, Uint8Array>> = {
  nitro: nitroEvidence(),
  snp: snpReport(),
  tdx: quote(),
  sgx: quote({ version: 3, body: sgxBody() }),
  'azure-snp-vtpm': azureEvidence(),
  'azure-tdx-vtpm': azureEvidence({ kind: 'tdx' }),
  tpm: tpmEvidence(),
  'nvidia-gpu': gpuReport(),
}

describe('verifying evidence', () => {
  it('refuses development evidence of every platform under the roots of the vendors', async () => {
    for (const platform of PLATFORMS) {
      const result = await verifyEvidence({ platform, bytes: SAMPLES[platform] }, { now: NOW, roots: VENDOR_ROOTS })
      expect(result.ok, platform).toBe(false)
    }
  })

  it('never throws, and gives one of the fixed reasons, whatever the bytes and endorsements', async () => {
    const anything = fc.uint8Array({ maxLength: 600 })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PLATFORMS),
        anything,
        anything,
        fc.nat(5000),
        fc.boolean(),
        async (platform, noise, other, at, whole) => {
          const bytes = whole ? noise : SAMPLES[platform].map((byte, i) => (i >= at && i < at + noise.length ? noise[i - at]! : byte))
          const file = { body: noise, signature: other, certificates: [noise] }
          const endorsements = { certificates: [noise, other], crls: [other], tcbInfo: file, qeIdentity: file }
          const result = await verifyEvidence({ platform, bytes }, { now: NOW, roots: VENDOR_ROOTS, endorsements })
          expect(result.ok).toBe(false)
          if (!result.ok) expect(Object.hasOwn(REJECTION_MEANINGS, result.code)).toBe(true)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('refuses platforms that there are not, times that are none, and evidence that is too long', async () => {
    const options = { now: NOW, roots: VENDOR_ROOTS }
    for (const platform of ['toString', '__proto__', 'x'])
      expect(await verifyEvidence({ platform: platform as Platform, bytes: new Uint8Array() }, options)).toMatchObject({
        ok: false,
        code: 'UNSUPPORTED',
      })
    for (const now of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY])
      expect(await verifyEvidence({ platform: 'snp', bytes: SAMPLES.snp }, { ...options, now })).toMatchObject({
        ok: false,
        code: 'MALFORMED',
      })
    expect(await verifyEvidence({ platform: 'tdx', bytes: new Uint8Array(70_000) }, options)).toMatchObject({
      ok: false,
      code: 'MALFORMED',
    })
  })

  it('says what cannot be read, and nothing of its own faults', async () => {
    const message = async (text: string) => {
      const bytes = new TextEncoder().encode(text)
      return verifyEvidence({ platform: 'azure-snp-vtpm', bytes }, { now: NOW, roots: VENDOR_ROOTS })
    }
    expect(await message('{"version":1,"version":1}')).toMatchObject({ code: 'MALFORMED', message: expect.stringContaining('version') })
    const check = () => Promise.reject(new TypeError('at line 5'))
    expect(await verifyEvidence({ platform: 'nitro', bytes: SAMPLES.nitro }, { now: NOW, roots: nitroRoots, check })).toEqual({
      ok: false,
      code: 'MALFORMED',
      message: 'The bytes cannot be read.',
    })
  })

  it('refuses a check of signatures that throws', async () => {
    const check = () => Promise.reject(new Error('broken'))
    const result = await verifyEvidence({ platform: 'nitro', bytes: SAMPLES.nitro }, { now: NOW, roots: nitroRoots, check })
    expect(result).toMatchObject({ ok: false })
    expect((await verifyEvidence({ platform: 'nitro', bytes: SAMPLES.nitro }, { now: NOW, roots: nitroRoots })).ok).toBe(true)
  })
})
