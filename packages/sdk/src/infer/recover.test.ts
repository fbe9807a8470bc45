import { concatBytes, utf8 } from '@opengradient/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonLength } from './recover.ts'

test('the JSON at the start of a binary response ends where it ends, whatever follows', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.uint8Array({ maxLength: 50 }), (value, tail) => {
      const json = utf8(JSON.stringify(value))
      expect(jsonLength(concatBytes(json, tail))).toBe(json.length)
    }),
  )
})

test('text without an end is all of it', () => {
  expect(jsonLength(utf8('{"a":"b}'))).toBe(8)
})
