import { expect, it } from 'vitest'
import { AMD_ARK_MILAN } from '../roots/amd.ts'
import { readKnown } from './known.ts'

it('a certificate of the caller’s own trust is read once', () => {
  const first = readKnown(AMD_ARK_MILAN)
  expect(readKnown(AMD_ARK_MILAN)).toBe(first)
  expect(readKnown(AMD_ARK_MILAN.slice())).not.toBe(first)
  expect(readKnown(AMD_ARK_MILAN.slice())).toEqual(first)
})
