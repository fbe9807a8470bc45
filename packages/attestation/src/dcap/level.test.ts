import { describe, expect, it } from 'vitest'
import type { TcbStatus } from '../result/claims.ts'
import { mergeReached } from './level.ts'

const merge = (platform: TcbStatus, part: TcbStatus): TcbStatus => {
  const reached = (status: TcbStatus) => ({ status, behindSince: undefined, advisories: [] })
  return mergeReached(reached(platform), reached(part)).status
}

describe('merging security levels', () => {
  it('never gives a better level than either of the two', () => {
    expect(merge('UpToDate', 'Revoked')).toBe('Revoked')
    expect(merge('Revoked', 'UpToDate')).toBe('Revoked')
    expect(merge('Revoked', 'Unsupported')).toBe('Unsupported')
    expect(merge('UpToDate', 'OutOfDate')).toBe('OutOfDate')
    expect(merge('SWHardeningNeeded', 'OutOfDate')).toBe('OutOfDate')
    expect(merge('ConfigurationNeeded', 'OutOfDate')).toBe('OutOfDateConfigurationNeeded')
    expect(merge('ConfigurationAndSWHardeningNeeded', 'OutOfDate')).toBe('OutOfDateConfigurationNeeded')
    expect(merge('OutOfDateConfigurationNeeded', 'UpToDate')).toBe('OutOfDateConfigurationNeeded')
    expect(merge('SWHardeningNeeded', 'ConfigurationNeeded')).toBe('ConfigurationAndSWHardeningNeeded')
    expect(merge('UpToDate', 'SWHardeningNeeded')).toBe('SWHardeningNeeded')
    expect(merge('SWHardeningNeeded', 'UpToDate')).toBe('SWHardeningNeeded')
    expect(merge('UpToDate', 'UpToDate')).toBe('UpToDate')
  })
})
