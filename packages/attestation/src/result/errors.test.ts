import { ERROR_MEANINGS } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { REJECTION_MEANINGS, type RejectionCode } from './codes.ts'
import { evidenceErrorCode } from './errors.ts'

it('every reason has an error code of its own, which means the same', () => {
  const reasons = Object.keys(REJECTION_MEANINGS) as RejectionCode[]
  const codes = reasons.map(evidenceErrorCode)
  expect(new Set(codes).size).toBe(reasons.length)
  for (const reason of reasons.filter((reason) => reason !== 'CHANNEL_MISMATCH'))
    expect([reason, ERROR_MEANINGS[evidenceErrorCode(reason)]]).toEqual([reason, REJECTION_MEANINGS[reason]])
  for (const code of codes) expect(Object.hasOwn(ERROR_MEANINGS, code)).toBe(true)
})
