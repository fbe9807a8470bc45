import { readFileSync, writeFileSync } from 'node:fs'
import { OgError } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { asOgError } from './main.ts'

/** What an action throws. */
function thrownBy(action: () => void): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('it did not throw')
}

test('a full disk is said to be full, and no bug', () => {
  const { code, message } = asOgError(thrownBy(() => writeFileSync('/dev/full', 'x')))
  expect([code, message]).toEqual(['DISK_FULL', expect.stringMatching(/no space left.*free some space/)])
})

test('a file that cannot be had is named, with what to look at', () => {
  const { code, message } = asOgError(thrownBy(() => readFileSync('/dev/null/x')))
  expect([code, message]).toEqual(['INTERNAL', expect.stringMatching(/ENOTDIR.*\/dev\/null\/x.*--home/)])
})

test('our own errors stay, and all others ask to be reported', () => {
  const own = new OgError('USAGE', 'no')
  expect(asOgError(own)).toBe(own)
  for (const error of [new TypeError('x is not a function'), 'a text', undefined])
    expect(asOgError(error)).toMatchObject({ code: 'INTERNAL', message: expect.stringContaining('bug worth reporting') })
})
