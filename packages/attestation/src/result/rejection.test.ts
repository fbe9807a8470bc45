import { OgError } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { refuse, settled } from './rejection.ts'

it('a verification that stops says why, and nothing of faults that nobody expected', async () => {
  const stopped = (error: Error) => settled(() => Promise.reject(error))
  expect(await settled(async () => refuse('CRL_STALE', 'a list'))).toEqual({ ok: false, code: 'CRL_STALE', message: 'a list' })
  expect(await stopped(new OgError('JSON_BOM', 'no JSON'))).toEqual({ ok: false, code: 'MALFORMED', message: 'no JSON' })
  const unread = { ok: false, code: 'MALFORMED', message: 'The bytes cannot be read.' }
  expect(await stopped(new TypeError('at line 5'))).toEqual(unread)
  const noMemory = new RangeError('Array buffer allocation failed')
  await expect(stopped(noMemory)).rejects.toBe(noMemory)
  await expect(stopped(new OgError('JSON_SYNTAX', 'no JSON', { cause: noMemory }))).rejects.toThrow('no JSON')
})
