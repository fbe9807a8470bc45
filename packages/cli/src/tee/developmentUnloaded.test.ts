import { expect, it, vi } from 'vitest'
import { loadDevelopmentAttester } from './development.ts'

const loaded = vi.hoisted(() => ({ times: 0 }))
vi.mock('@opengradient/attestation-dev', (original) => {
  loaded.times++
  return original()
})

it('development attesters are not even loaded on a network whose genesis holds no development roots', async () => {
  const options = { platform: 'nitro', seed: 'a local network', machine: 'node 1' } as const
  await expect(loadDevelopmentAttester({ ...options, trusted: [] })).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE' })
  expect(loaded.times).toBe(0)
  await expect(loadDevelopmentAttester({ ...options, trusted: [Uint8Array.of(1)] })).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE' })
  expect(loaded.times).toBe(1)
})
