import { verifyEvidence } from '@opengradient/attestation'
import { developmentCertificates, developmentRoots } from '@opengradient/attestation-dev'
import { describe, expect, it } from 'vitest'
import { loadDevelopmentAttester } from './development.ts'

const SEED = 'a local network'
const options = { platform: 'nitro', seed: SEED, machine: 'node 1' } as const

describe('the development attester', () => {
  it('is refused on a network whose development roots come from another seed, or leave out the one of its platform', async () => {
    for (const trusted of [developmentCertificates('another network'), developmentCertificates(SEED).slice(1)])
      await expect(loadDevelopmentAttester({ ...options, trusted })).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE' })
  })

  it('attests on a network that was made to accept it', async () => {
    const attester = await loadDevelopmentAttester({ ...options, trusted: developmentCertificates(SEED) })
    const { evidence } = await attester.attest(new Uint8Array(64))
    const now = Math.floor(Date.now() / 1000)
    const claims = await verifyEvidence({ platform: 'nitro', bytes: evidence }, { now, roots: developmentRoots(SEED) })
    expect(claims).toMatchObject({ ok: true, trust: 'development' })
    expect(attester.trust).toBe('development')
  })
})
