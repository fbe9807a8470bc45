import { type AttestationPolicy, DEFAULT_POLICY, policyBytes } from '@opengradient/attestation'
import type { ChainFacts } from '@opengradient/client'
import { isOgError } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import type { Context } from '../context.ts'
import { rulesOf } from './rules.ts'

const facts = { attestationPolicy: async () => ({ number: 1, json: policyBytes(DEFAULT_POLICY) }), developmentRoots: async () => [] }
const rules = (attestation?: object) =>
  rulesOf({ policy: { attestation }, chain: { trust: {} } } as unknown as Context, facts as unknown as ChainFacts, 'tee')
const code = (attestation: object) =>
  rules(attestation).then(
    () => 'accepted',
    (error) => (isOgError(error) ? `${error.code} ${error.message}` : error),
  )

it('a policy of the caller is read as strictly as one of the chain: nothing is missing, misspelt or met by everything', async () => {
  expect(await code({ platforms: ['nitro'] })).toMatch(/^POLICY_MALFORMED policy\./)
  expect(await code({ ...DEFAULT_POLICY, alowDebug: false })).toMatch(/policy\.alowDebug/)
  const unknown: AttestationPolicy['tcb'] = { ...DEFAULT_POLICY.tcb, statuses: ['Unknown'] }
  expect(await code({ ...DEFAULT_POLICY, tcb: unknown })).toMatch(/policy\.tcb\.statuses\[0\]/)
  expect(await code({ ...DEFAULT_POLICY, expect: { nonce: '0x01' } })).toMatch(/policy\.expect/)
})

it('development evidence counts only where it was asked for by name, whatever the policy says', async () => {
  expect((await rules({ ...DEFAULT_POLICY, allowDevelopment: true })).policy).toEqual(DEFAULT_POLICY)
  expect((await rules()).policy).toEqual(DEFAULT_POLICY)
})
