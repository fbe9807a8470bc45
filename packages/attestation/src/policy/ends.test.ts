import { describe, expect, it } from 'vitest'
import type { TcbStatus } from '../result/claims.ts'
import { NOW } from '../testkit/ca.testkit.ts'
import { ageEnd, graceEnd } from './ends.ts'
import { DEFAULT_POLICY } from './policy.ts'

describe('the end', () => {
  it('of grace is there only for what passes by grace alone', () => {
    const end = (status: TcbStatus, behindSince?: number, ...statuses: readonly TcbStatus[]) =>
      graceEnd(
        { tcb: { status, svn: {}, advisories: [], ...(behindSince === undefined ? {} : { behindSince }) } },
        { ...DEFAULT_POLICY, tcb: { ...DEFAULT_POLICY.tcb, statuses: ['UpToDate', ...statuses], graceDays: 2 } },
      )
    expect(end('OutOfDate', NOW)).toBe(NOW + 2 * 86_400)
    expect(end('OutOfDateConfigurationNeeded', NOW, 'ConfigurationNeeded')).toBe(NOW + 2 * 86_400)
    for (const none of [
      end('OutOfDate'),
      end('OutOfDate', NOW, 'OutOfDate'),
      end('OutOfDateConfigurationNeeded', NOW),
      end('Revoked', NOW, 'ConfigurationNeeded'),
      end('UpToDate', NOW),
    ])
      expect(none).toBeUndefined()
  })

  it('of the age is that of the evidence, or else of the nonce, where the policy limits it', () => {
    const limited = { ...DEFAULT_POLICY, maxAge: 60 }
    const asked = { ...limited, expect: { issuedAt: NOW - 5 } }
    expect([ageEnd({ issuedAt: NOW }, limited), ageEnd({ issuedAt: NOW }, asked), ageEnd({}, asked)]).toEqual([
      NOW + 61,
      NOW + 61,
      NOW + 56,
    ])
    expect([ageEnd({}, limited), ageEnd({ issuedAt: NOW }, DEFAULT_POLICY)]).toEqual([undefined, undefined])
  })
})
