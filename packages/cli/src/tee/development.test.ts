import { verifyEvidence } from '@opengradient/attestation'
import { developmentCertificates, developmentRoots } from '@opengradient/attestation-dev'
import { describe, expect, it, vi } from 'vitest'
import { loadDevelopmentAttester } from './development.ts'

const loaded = vi.hoisted(() => ({ times: 0 }))
vi.mock('@opengradient/attestation-dev', async (original) => {
  loaded.times++
  return original()
})

const SEED = 'a local network'
const options = { platform: 'nitro', seed: SEED, machine: 'node 1' } as const

describe('the development attester', () => {
  it('is not even loaded on a network whose genesis holds no development roots', async () => {
    await import('@opengradient/attestation-dev')
    const before = loaded.times
    vi.resetModules()
    await expect(loadDevelopmentAttester({ ...options, trusted: [] })).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE' })
    expect(loaded.times).toBe(before)
  })

  it('is refused on a network whose development roots come from another seed, or only in part from this one', async () => {
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
