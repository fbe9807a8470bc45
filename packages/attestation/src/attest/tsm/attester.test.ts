import { concatBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { DATA, hardwareEvidence, OTHER } from '../attest.testkit.ts'
import { type TsmAttesterOptions, tsmAttester } from './attester.ts'
import { certificateTable, FakeKernel, GUID, type KernelOptions } from './tsm.testkit.ts'

const SNP = { provider: 'sev_guest', report: async (data: Uint8Array) => (await hardwareEvidence('snp', data)).evidence }
/** The quoting service gives its whole buffer. */
const TDX = {
  provider: 'tdx_guest',
  report: async (data: Uint8Array) => concatBytes((await hardwareEvidence('tdx', data)).evidence, new Uint8Array(1000)),
}

function attesterOn(kernel: FakeKernel, options: Partial<TsmAttesterOptions> = {}) {
  return tsmAttester({ platform: 'snp', files: kernel, timeout: 20_000, ...options })
}
const attest = (kernel: KernelOptions, options: Partial<TsmAttesterOptions> = {}) =>
  attesterOn(new FakeKernel(kernel), options).attest(DATA)

describe('configfs-tsm', () => {
  it('is not believed when a report is bound to other data', async () => {
    const lying = (kernel: typeof SNP) => ({ ...kernel, report: () => kernel.report(OTHER) })
    await expect(attest(lying(SNP))).rejects.toMatchObject({ code: 'ATTESTER_MISBOUND' })
    await expect(attest(lying(TDX), { platform: 'tdx' })).rejects.toMatchObject({ code: 'ATTESTER_MISBOUND' })
  })

  it('is asked again when somebody else wrote to the entry, and given up when that does not end', async () => {
    let writes = 0
    const once: KernelOptions = { ...SNP, before: (write) => (writes++ === 0 ? write(OTHER) : undefined) }
    expect((await attest(once)).evidence).toEqual((await hardwareEvidence('snp', DATA)).evidence)
    expect(writes).toBe(2)
    // The same input again changes nothing in the report, but nobody can know.
    const always: KernelOptions = { ...SNP, before: (write) => write(DATA) }
    await expect(attest(always)).rejects.toMatchObject({ code: 'ATTESTER_FAILED', message: /between two writes/ })
  })

  it('gives no evidence of another platform', async () => {
    await expect(attest(TDX)).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE', message: /tdx_guest/ })
    await expect(attest(SNP, { platform: 'tdx' })).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE', message: /sev_guest/ })
  })

  it('is missing without the kernel’s module, or without configfs', async () => {
    await expect(attest({ ...SNP, loaded: false })).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE', message: /ENXIO/ })
    const real = tsmAttester({ platform: 'snp', folder: '/nowhere/tsm/report' })
    await expect(real.attest(DATA)).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE', message: /ENOENT/ })
  })

  it('fails in words when the hardware does, and what it gives is no report', async () => {
    const broken = { ...SNP, report: () => Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })) }
    await expect(attest(broken)).rejects.toMatchObject({ code: 'ATTESTER_FAILED', message: /EIO/ })
    for (const bytes of [new Uint8Array(), new Uint8Array(1184), new Uint8Array(40_000)])
      for (const [kernel, platform] of [[SNP, 'snp'] as const, [TDX, 'tdx'] as const])
        await expect(attest({ ...kernel, report: async () => bytes }, { platform })).rejects.toMatchObject({ code: 'ATTESTER_FAILED' })
    const silent = { ...SNP, report: () => new Promise<Uint8Array>(() => {}) }
    await expect(attest(silent, { timeout: 100 })).rejects.toMatchObject({ code: 'ATTESTER_FAILED', message: /100 ms/ })
  })

  it('has every entry removed again', async () => {
    for (const kernel of [new FakeKernel(SNP), new FakeKernel({ ...SNP, report: () => Promise.reject(new Error('no')) })]) {
      await attesterOn(kernel)
        .attest(DATA)
        .catch(() => {})
      expect(kernel.entries.size).toBe(0)
    }
  })

  it('gives the report over 64 bytes, and the quote without the zeros after it', async () => {
    const short = DATA.subarray(0, 32)
    const bound = concatBytes(short, new Uint8Array(32))
    const snp = await attesterOn(new FakeKernel(SNP)).attest(short)
    expect(snp).toEqual({ evidence: (await hardwareEvidence('snp', bound)).evidence, endorsements: {} })
    const tdx = await attesterOn(new FakeKernel(TDX), { platform: 'tdx' }).attest(short)
    expect(tdx).toEqual({ evidence: (await hardwareEvidence('tdx', bound)).evidence, endorsements: {} })
  })

  it('is asked at the privilege level that is wanted', async () => {
    const levels: (number | undefined)[] = []
    const report = (data: Uint8Array, level: number | undefined) => {
      levels.push(level)
      return SNP.report(data)
    }
    await attest({ ...SNP, report })
    await attest({ ...SNP, report }, { privilegeLevel: 1 })
    expect(levels).toEqual([undefined, 1])
    await expect(attest(SNP, { privilegeLevel: 4 })).rejects.toMatchObject({ code: 'ATTESTER_FAILED', message: /EINVAL/ })
  })

  it('adds the certificates of the host, and the operator’s where there are none', async () => {
    const certificates = [Uint8Array.of(1), Uint8Array.of(2)]
    const table = certificateTable([
      [GUID.ask, Uint8Array.of(6)],
      [GUID.vcek, Uint8Array.of(5)],
    ])
    const own = { certificates, crls: [Uint8Array.of(9)] }
    const both = await attest({ ...SNP, auxblob: table }, { endorsements: own })
    expect(both.endorsements).toEqual({ certificates: [Uint8Array.of(5), Uint8Array.of(6)], crls: [Uint8Array.of(9)] })
    for (const auxblob of [new Uint8Array(), Uint8Array.of(1, 2, 3)])
      expect((await attest({ ...SNP, auxblob }, { endorsements: own })).endorsements).toEqual(own)
  })
})
