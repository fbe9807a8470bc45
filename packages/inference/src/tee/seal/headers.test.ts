import { randomBytes } from 'node:crypto'
import { OgError } from '@opengradient/protocol'
import { parseSealHeader } from '@opengradient/protocol/seal'
import { expect, test } from 'vitest'
import { SealHeaders } from './headers.ts'

const part = () => randomBytes(32).toString('base64url')

test('a header is read as the reference reads it, the first time and later', () => {
  const headers = new SealHeaders()
  const [digest, enc] = [part(), part()]
  for (let i = 0; i < 5; i++) {
    const header = `v1.${digest}.${enc}.${part()}`
    const { keysetDigest, ...bytes } = parseSealHeader(header)
    const read = headers.parse(header)
    expect([read.keysetDigest, Buffer.from(read.enc), Buffer.from(read.salt)]).toEqual([
      keysetDigest,
      Buffer.from(bytes.enc),
      Buffer.from(bytes.salt),
    ])
  }
})

test('what the headers of a session share is read once, for so many sessions at a time', () => {
  const headers = new SealHeaders(2)
  const [first, second, third] = [part(), part(), part()].map((enc) => () => headers.parse(`v1.${'A'.repeat(43)}.${enc}.${part()}`))
  const { enc } = first!()
  expect([first!().enc === enc, headers.size]).toEqual([true, 1])
  second!()
  expect([first!().enc === enc, headers.size]).toEqual([true, 2])
  third!()
  expect([headers.size, first!().enc === enc]).toEqual([1, false])
})

test('a header of another form is refused, also when what stands before its salt is known', () => {
  const headers = new SealHeaders()
  const shared = `v1.${part()}.${part()}.`
  headers.parse(shared + part())
  const salt = 'A'.repeat(42)
  for (const wrong of ['', salt, `${salt}B`, `${salt}=`, `${salt}AA`, `${salt}.`, ` ${salt}`, `${salt}\n`, `+${salt}`, `${salt}é`])
    for (const known of [shared, shared.toLowerCase().replace(/^v1/, 'V1')])
      expect(() => headers.parse(known + wrong)).toThrow(expect.objectContaining({ name: OgError.name, code: 'CHANNEL_MALFORMED' }))
  expect(() => headers.parse(shared.slice(0, -1))).toThrow(OgError)
})
