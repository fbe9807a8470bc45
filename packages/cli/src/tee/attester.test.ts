import { developmentCertificates } from '@opengradient/attestation-dev'
import { describe, expect, it } from 'vitest'
import { attesterOf, interfaceAt, parseTee, TEE_PLATFORMS } from './attester.ts'
import { LOCAL_SEED, localAttestation } from './localNetwork.ts'

const place = { platform: 'dev', gpu: false, machine: 'node' } as const

describe('og node start --tee', () => {
  it('knows its platforms and no other', () => {
    for (const platform of TEE_PLATFORMS) expect(parseTee(platform)).toBe(platform)
    for (const given of ['sgx', 'DEV', '', true]) expect(() => parseTee(given)).toThrow(expect.objectContaining({ code: 'USAGE' }))
  })

  it('asks at another place, of the platform that is named', async () => {
    expect(interfaceAt('nitro', '/x/nsm.sock')).toEqual({ nitro: { socket: '/x/nsm.sock' } })
    expect(interfaceAt('snp', '/x/report')).toEqual({ tsm: { folder: '/x/report' } })
    expect(interfaceAt('tdx', '/x/dstack.sock')).toMatchObject({ dstack: { socket: '/x/dstack.sock' } })
    expect(interfaceAt('tdx', import.meta.dirname)).toMatchObject({ tsm: { folder: import.meta.dirname } })
    expect(interfaceAt('tpm', '/dev/tpm0')).toEqual({ tpm: { place: { device: '/dev/tpm0' } } })
    expect(interfaceAt('azure', 'localhost:2321')).toEqual({ azure: { place: { host: 'localhost', port: 2321 } } })
    expect(interfaceAt('tpm', 'localhost:2321')).toEqual({ tpm: { place: { host: 'localhost', port: 2321 } } })
    expect(interfaceAt('tpm', '[::1]:2321')).toEqual({ tpm: { place: { host: '::1', port: 2321 } } })
    for (const [platform, at] of [
      ['auto', '/x'],
      ['dev', '/x'],
      ['tpm', 'tpm0'],
      ['azure', 'tpm0'],
      ['tpm', 'localhost:0'],
      ['tpm', 'localhost:65536'],
    ] as const)
      expect(() => interfaceAt(platform, at)).toThrow(expect.objectContaining({ code: 'USAGE' }))
  })

  it('that is not there is said, and no other interface is asked instead', async () => {
    for (const platform of ['nitro', 'tdx', 'snp', 'azure', 'tpm'] as const) {
      const asked = attesterOf({ ...place, platform, at: '/nowhere/at/all', trusted: async () => [] })
      await expect(asked).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE', message: expect.stringContaining('/nowhere/at/all') })
    }
  })

  it('has no GPU in development, and says so', async () => {
    const asked = attesterOf({ ...place, gpu: true, trusted: async () => developmentCertificates(LOCAL_SEED) })
    await expect(asked).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('attests without hardware only on networks that were made for it', async () => {
    const refused = attesterOf({ ...place, trusted: async () => [] })
    await expect(refused).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE' })
    const foreign = attesterOf({ ...place, trusted: async () => developmentCertificates('another network') })
    await expect(foreign).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE' })
    const attester = await attesterOf({ ...place, trusted: async () => developmentCertificates(LOCAL_SEED) })
    expect(attester.trust).toBe('development')
    expect(JSON.parse(localAttestation().policy).platforms).toEqual([attester.platform])
  })
})
