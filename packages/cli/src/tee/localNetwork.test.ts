import { developmentAttester, developmentRootOf } from '@opengradient/attestation-dev'
import { bytesToHex } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { LOCAL_PLATFORM, LOCAL_SEED, localAttestation } from './localNetwork.ts'

it('a local network trusts the root of its development machines, and lists what they measure', () => {
  const { developmentRoots, policy } = localAttestation()
  expect(developmentRoots).toEqual([bytesToHex(developmentRootOf(LOCAL_SEED, LOCAL_PLATFORM))])
  const { measurement } = developmentAttester({ platform: LOCAL_PLATFORM, seed: LOCAL_SEED })
  expect(JSON.parse(policy).measurements).toMatchObject([{ values: { pcr0: measurement } }])
})
