import { developmentCertificates } from '@opengradient/attestation-dev'
import { describe, expect, it } from 'vitest'
import { attesterOf, parseTee, TEE_PLATFORMS } from './attester.ts'
import { LOCAL_SEED, localAttestation } from './localNetwork.ts'

const place = { platform: 'dev', gpu: false, machine: 'node' } as const

describe('og node start --tee', () => {
  it('knows its platforms and no other', () => {
    for (const platform of TEE_PLATFORMS) expect(parseTee(platform)).toBe(platform)
    for (const given of ['sgx', 'DEV', '', true]) expect(() => parseTee(given)).toThrow(expect.objectContaining({ code: 'USAGE' }))
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
