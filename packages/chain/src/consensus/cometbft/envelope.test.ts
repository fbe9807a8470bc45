import { OgError } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRequest, readResponse, writeException, writeRequest, writeResponse } from './envelope.ts'
import { REQUEST_VECTORS, RESPONSE_VECTORS } from './vectors.testkit.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const unhex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))

function reasonOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    if (error instanceof OgError && error.code === 'CONSENSUS_MESSAGE_INVALID') return error.details.reason
    throw error
  }
  return 'READ'
}

describe('the messages of ABCI', () => {
  it.each(REQUEST_VECTORS)('reads and writes %s as CometBFT does', (method, bytes, value) => {
    const request = readRequest(unhex(bytes))
    expect(request).toMatchObject({ method, value })
    expect(hex(writeRequest(request.method, request.value as never))).toBe(bytes)
  })

  it.each(RESPONSE_VECTORS)('writes and reads the answer to %s as CometBFT does', (method, bytes, value) => {
    expect(hex(writeResponse(method, value as never))).toBe(bytes)
    expect(readResponse(unhex(bytes))).toMatchObject({ method, value })
  })

  it('writes an exception', () => {
    expect(readResponse(writeException('no'))).toEqual({ method: 'exception', value: { error: 'no' } })
  })

  it('skips fields that it does not know, of every wire type', () => {
    // Echo with field 1 = "a", then 100 as varint, fixed64, bytes and fixed32.
    const unknown = 'a00601 a1060102030405060708 a206020102 a50601020304'
    expect(readRequest(unhex(`0a1b 0a0161 ${unknown}`))).toEqual({ method: 'echo', value: { message: 'a' } })
  })

  it.each([
    ['EMPTY', '', 'nothing'],
    ['UNKNOWN_METHOD', '2200', 'a method that was taken out'],
    ['UNKNOWN_METHOD', 'ba0600', 'a method to come'],
    ['DUPLICATE_FIELD', '12001200', 'two methods'],
    ['DUPLICATE_FIELD', '0a060a01610a0162', 'a field twice'],
    ['TRUNCATED', '0a', 'a length that is missing'],
    ['TRUNCATED', '0a050a0161', 'a method longer than its message'],
    ['TRUNCATED', '0a030a0261', 'a text longer than its method'],
    ['TRUNCATED', '0affffffffffffffffff01', 'a length of 64 bits'],
    ['OUT_OF_RANGE', '0affffffffffffffffffff', 'a length without end'],
    ['OUT_OF_RANGE', '0affffffffffffffffff02', 'a length of 65 bits'],
    ['WIRE_TYPE', '0801', 'a number for a method'],
    ['WIRE_TYPE', '0a020801', 'a number for a text'],
    ['WIRE_TYPE', '4203120130', 'a text for an enum'],
    ['WIRE_TYPE', '0a02a306', 'a group'],
    ['FIELD_NUMBER', '0a020000', 'field zero'],
    ['NOT_UTF8', '0a030a01ff', 'a text that is not UTF-8'],
    ['OUT_OF_RANGE', '42021005', 'an enum without this value'],
    ['OUT_OF_RANGE', '32022002', 'a truth of two'],
    ['OUT_OF_RANGE', '7206108080808010', 'more than 32 bits'],
  ])('refuses as %s the message %s: %s', (reason, bytes) => {
    expect(reasonOf(() => readRequest(unhex(bytes)))).toBe(reason)
  })

  it('reads no more fields than a message may have', () => {
    const body = Buffer.from('0a00'.repeat(4 * 1024 * 1024), 'hex')
    expect(reasonOf(() => readRequest(writeRequestOf(20, body)))).toBe('TOO_MANY_FIELDS')
  })

  it('answers any bytes with a message or a refusal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 22 }), fc.uint8Array({ maxLength: 60 }), (number, body) => {
        reasonOf(() => readRequest(writeRequestOf(number, body)))
        reasonOf(() => readResponse(writeRequestOf(number, body)))
        reasonOf(() => readRequest(body))
      }),
      { verbose: 1, numRuns: 2000 },
    )
  })

  it('gives numbers back as they went in', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        (height, nanos) => {
          const value = { height, time: { seconds: height, nanos } }
          expect(readRequest(writeRequest('finalizeBlock', value))).toMatchObject({ method: 'finalizeBlock', value })
        },
      ),
      { verbose: 1 },
    )
  })
})

/** Any bytes as the method of this number. */
function writeRequestOf(number: number, body: Uint8Array): Uint8Array {
  const length: number[] = []
  let left = body.length
  for (; left > 0x7f; left >>= 7) length.push((left & 0x7f) | 0x80)
  length.push(left)
  const tag = number * 8 + 2
  return new Uint8Array(Buffer.concat([new Uint8Array(tag < 128 ? [tag] : [(tag & 0x7f) | 0x80, tag >> 7]), new Uint8Array(length), body]))
}
