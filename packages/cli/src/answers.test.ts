import { OgError } from '@opengradient/protocol'
import { memoryBook } from '@opengradient/sdk'
import { expect, test } from 'vitest'
import { findRequest, inWordsOfTheCommandLine } from './answers.ts'
import { shortHex } from './render/style.ts'

const idOf = (first: string, last: string) => `0x${first}${'0'.repeat(64 - first.length - last.length)}${last}` as const
const ONE = idOf('12345678', '11111111')
const OTHER = idOf('12345678', '22222222')
const THIRD = idOf('abcd', '33')

const HASH = `0x${'5'.repeat(64)}` as const

/** What a person with these three requests, of which THIRD is the newest, means. */
async function find(text: string): Promise<string> {
  const book = memoryBook()
  for (const [at, requestId] of [ONE, OTHER, THIRD].entries())
    await book.put({
      requestId,
      secret: HASH,
      modelId: HASH,
      model: 'alice/x',
      node: `0x${'6'.repeat(40)}`,
      requestHash: HASH,
      price: 0n,
      at,
      state: 'sent',
    })
  return findRequest({ receipts: book }, text)
}

test('a request is found by its id, its first digits, what screens show of it, and `last`', async () => {
  for (const text of [ONE, shortHex(ONE), shortHex(ONE).slice(2), shortHex(ONE).replace('…', '..'), shortHex(ONE).replace('…', '...')])
    expect([text, await find(text)]).toEqual([text, ONE])
  for (const text of ['abcd', '0xabcd00', 'last']) expect([text, await find(text)]).toEqual([text, THIRD])
})

test('digits of several requests, of none, and what are no digits are refused, with what to do', async () => {
  for (const text of ['0x12345678', '1234…'])
    await expect(find(text)).rejects.toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(/2 request ids; write more/) }),
    )
  for (const text of ['', '0x', 'abc', 'ABCD', '…33', 'abcd…44', '0xabcd*', 'first'])
    await expect(find(text)).rejects.toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('`og receipts` lists them') }),
    )
})

test('where the SDK names its methods the commands are named', () => {
  const said = new OgError('NODE_REQUEST_UNKNOWN', `og.recover('${ONE}') asks again; og.infer asks anew`, { details: { requestId: ONE } })
  expect(() => inWordsOfTheCommandLine(said)).toThrow(
    expect.objectContaining({
      code: 'NODE_REQUEST_UNKNOWN',
      message: `\`og recover ${ONE}\` asks again; \`og infer\` asks anew`,
      details: { requestId: ONE },
    }),
  )
})
