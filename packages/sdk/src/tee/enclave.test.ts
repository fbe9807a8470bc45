import type { KeysetFact } from '@opengradient/client'
import { isOgError } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import type { Offer } from '../pay/offers.ts'
import { keepEnclave, liveKeyset, requireEvaluation } from './enclave.ts'
import type { TeeLevel } from './level.ts'

const offer = { node: `0x${'0d'.repeat(20)}` } as Offer
const fact = { digest: '0x01', level: 1, end: 1000n, revoked: false } as unknown as KeysetFact
const code = (given: KeysetFact | undefined, level: TeeLevel = 'tee', now = 999): string => {
  try {
    return liveKeyset(given, { offer, level }, now).digest
  } catch (error) {
    if (isOgError(error)) return error.code
    throw error
  }
}

it('a keyset counts at its level until its end, unless something that it rests on was revoked', () => {
  expect(code(fact)).toBe('0x01')
  expect(code({ ...fact, level: 129 }, 'development')).toBe('0x01')
})

it('a node without a keyset, one whose keyset is over, revoked, or of another level is refused, each by its code', () => {
  expect(code(undefined)).toBe('EVIDENCE_NOT_REGISTERED')
  expect(code(fact, 'tee', 1000)).toBe('EVIDENCE_KEYSET_EXPIRED')
  expect(code({ ...fact, revoked: true })).toBe('EVIDENCE_REVOKED')
  expect(code({ ...fact, level: 129 })).toBe('EVIDENCE_DEV_EVIDENCE')
  expect(code(fact, 'development')).toBe('EVIDENCE_NOT_REGISTERED')
})

it('who is refused for a keyset that is over, revoked or of another level is told what to do', () => {
  for (const given of [
    { ...fact, end: 1n },
    { ...fact, revoked: true },
    { ...fact, level: 129 },
    { ...fact, level: 0 },
  ])
    expect(() => liveKeyset(given, { offer, level: 'tee' }, 999)).toThrow(/ask another node/)
})

it('fresh evidence is not rated by an older evaluation than that of the registration', () => {
  const rated = (evaluation: number | undefined, registered: number) => () =>
    requireEvaluation(
      { tcb: { status: 'UpToDate', svn: {}, advisories: [], ...(evaluation !== undefined && { evaluation }) } },
      { evaluation: registered },
      offer.node,
    )
  expect(rated(17, 18)).toThrow(expect.objectContaining({ code: 'EVIDENCE_COLLATERAL_STALE' }))
  for (const [evaluation, registered] of [
    [18, 18],
    [19, 18],
    [undefined, 0],
  ] as const)
    expect(rated(evaluation, registered)).not.toThrow()
})

it('enclaves are remembered until they are over, and no longer', () => {
  const enclaves = new Map<string, { until: number }>()
  for (let now = 0; now < 1_000; now++) keepEnclave(enclaves, `keyset ${now}`, { until: now + 5 }, now)
  expect([...enclaves.keys()]).toEqual([995, 996, 997, 998, 999].map((now) => `keyset ${now}`))
})
