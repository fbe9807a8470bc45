import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hardwareEvidence } from './attest.testkit.ts'
import { type DetectOptions, detectAttester } from './detect.ts'
import { FakeKernel } from './tsm/tsm.testkit.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'og-detect-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A machine that has nothing, but for what is given. */
const nothing = (): Omit<DetectOptions, 'want'> => ({
  nitro: { socket: join(folder, 'nsm') },
  dstack: { socket: join(folder, 'dstack') },
  tsm: { folder: join(folder, 'tsm') },
  azure: { place: { device: join(folder, 'tpm') } },
  tpm: { place: { device: join(folder, 'tpm') } },
})
const kernel = (platform: 'tdx' | 'snp') =>
  new FakeKernel({
    provider: platform === 'tdx' ? 'tdx_guest' : 'sev_guest',
    report: async (data) => (await hardwareEvidence(platform, data)).evidence,
  })

describe('detection', () => {
  it('says of every interface why it was not taken', async () => {
    writeFileSync(join(folder, 'nsm'), '')
    const refused = detectAttester({ want: 'auto', ...nothing() })
    await expect(refused).rejects.toMatchObject({
      code: 'ATTESTER_UNAVAILABLE',
      details: {
        tried: [
          { name: 'Nitro security module', why: expect.stringMatching(/ECONNREFUSED|ENOTSOCK/) },
          { name: 'TDX by dstack', why: expect.stringContaining('ENOENT') },
          { name: 'TDX by configfs-tsm', why: expect.stringContaining('ENOENT') },
          { name: 'SEV-SNP by configfs-tsm', why: expect.stringContaining('ENOENT') },
          { name: 'Azure with SEV-SNP', why: expect.stringContaining('ENOENT') },
          { name: 'Azure with TDX', why: expect.stringContaining('ENOENT') },
        ],
      },
    })
    await expect(detectAttester({ want: 'tpm', ...nothing() })).rejects.toMatchObject({ details: { tried: [{ name: 'TPM 2.0' }] } })
    await expect(detectAttester({ want: 'snp', ...nothing() })).rejects.toMatchObject({
      message: expect.stringContaining('SEV-SNP by configfs-tsm: '),
    })
  })

  it.each(['tdx', 'snp'] as const)('finds %s by asking it once, and nothing else in its place', async (platform) => {
    const tsm = { folder, files: kernel(platform) }
    for (const want of ['auto', platform] as const)
      expect(await detectAttester({ want, ...nothing(), tsm })).toMatchObject({ platform, trust: 'hardware' })
    const other = platform === 'tdx' ? 'snp' : 'tdx'
    for (const want of [other, 'nitro', 'tpm'] as const)
      await expect(detectAttester({ want, ...nothing(), tsm })).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE' })
  })

  it('does not take an interface that lies', async () => {
    const files = new FakeKernel({
      provider: 'sev_guest',
      report: async (data) => (await hardwareEvidence('snp', data.toReversed())).evidence,
    })
    await expect(detectAttester({ want: 'snp', ...nothing(), tsm: { folder, files } })).rejects.toMatchObject({
      message: expect.stringContaining('bound to other data'),
    })
  })
})
