import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { encodeAbiParameters, stringToHex, keccak256 as viemKeccak } from 'viem'
import { describe, expect, it } from 'vitest'
import { concatBytes, uintBytes, utf8 } from '../bytes/bytes.ts'
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts'
import { address20, hash32 } from '../testkit/arbitraries.testkit.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { aRequest, hashOf } from '../testkit/samples.testkit.ts'
import {
  executionHashOf,
  manifestHashOf,
  modelIdFromHash,
  modelIdOf,
  parseRequestSecret,
  paymentIdOf,
  type RequestParts,
  requestHashOf,
  requestIdOf,
  responseHashOf,
} from './ids.ts'

const sha256 = (...parts: (Uint8Array | string)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return `0x${hash.digest('hex')}`
}

describe('ids', () => {
  it('of a request are the SHA-256 of its secret', () => {
    const secret = new Uint8Array(32).fill(7)
    expect(requestIdOf(secret)).toBe(sha256(secret))
  })

  it('of a request need a secret of 32 bytes', () => {
    refusal(() => requestIdOf(new Uint8Array(31)), 'REQUEST_SECRET_INVALID')
    refusal(() => requestIdOf(new Uint8Array(33)), 'REQUEST_SECRET_INVALID')
  })

  it('of a model bind author and manifest', () => {
    const author = `0x${'ab'.repeat(20)}` as const
    const manifest = utf8('{}')
    const manifestHash = createHash('sha256').update(manifest).digest()
    expect(modelIdOf(author, manifest)).toBe(sha256(hexToBytes(author), manifestHash))
    expect(modelIdFromHash(author, manifestHashOf(manifest))).toBe(modelIdOf(author, manifest))
    expect(modelIdOf(`0x${'ac'.repeat(20)}`, manifest)).not.toBe(modelIdOf(author, manifest))
    refusal(() => modelIdFromHash('0xab', manifestHashOf(manifest)), 'HEX_MALFORMED')
    refusal(() => modelIdFromHash(author, '0xab'), 'HEX_MALFORMED')
  })

  it('of a payment are what Solidity computes', () => {
    fc.assert(
      fc.property(address20, address20, hash32, (asset, payer, nonce) => {
        const types = [{ type: 'bytes32' }, { type: 'address' }, { type: 'address' }, { type: 'bytes32' }] as const
        const encoded = encodeAbiParameters(types, [stringToHex('exact', { size: 32 }), asset, payer, nonce])
        expect(paymentIdOf({ scheme: 'exact', asset, payer, nonce })).toBe(viemKeccak(encoded))
      }),
    )
  })

  it('of response and execution are plain SHA-256', () => {
    expect(responseHashOf(utf8('body'))).toBe(sha256('body'))
    expect(executionHashOf(utf8('record'))).toBe(sha256('record'))
  })
})

describe('requestHashOf', () => {
  it('is over the length of the head, the head and the body', () => {
    const head = 'POST /v2/models/m/infer?x=1\napplication/json\n'
    const request = { method: 'POST', path: '/v2/models/m/infer?x=1', contentType: 'application/json', body: utf8('{}') }
    expect(requestHashOf(request)).toBe(sha256(Uint8Array.of(0, 0, 0, head.length), head, '{}'))
  })

  it('holds the length of the JSON in front of binary tensors', () => {
    const head = 'POST /infer\napplication/octet-stream\n120\n'
    const request = { method: 'POST', path: '/infer', contentType: 'application/octet-stream', body: utf8('x'), headerLength: 120 }
    expect(requestHashOf(request)).toBe(sha256(Uint8Array.of(0, 0, 0, head.length), head, 'x'))
  })

  it('differs by every part', () => {
    const base: RequestParts = aRequest()
    const changes: Partial<RequestParts>[] = [
      { method: 'PUT' },
      { path: '/other' },
      { contentType: '' },
      { body: utf8('x') },
      { headerLength: 0 },
      { headerLength: 1 },
    ]
    expect(new Set([{}, ...changes].map((change) => requestHashOf({ ...base, ...change }))).size).toBe(changes.length + 1)
  })

  it('keeps the borders: moving bytes between head and body gives another hash', () => {
    const a = requestHashOf({ method: 'POST', path: '/a', contentType: 'x', body: utf8('5\nbody') })
    const b = requestHashOf({ method: 'POST', path: '/a', contentType: 'x', body: utf8('body'), headerLength: 5 })
    expect(a).not.toBe(b)
  })

  it.each<[string, Partial<RequestParts>]>([
    ['a method in lower case', { method: 'post' }],
    ['no method', { method: '' }],
    ['a method with a space', { method: 'POST ' }],
    ['a path without slash', { path: 'v2' }],
    ['a path with a space', { path: '/a b' }],
    ['a path with a line feed', { path: '/a\napplication/json' }],
    ['a path outside ASCII', { path: '/é' }],
    ['a path of 3,000 characters', { path: `/${'a'.repeat(3000)}` }],
    ['a content type with a line feed', { contentType: 'text/plain\n5' }],
    ['a content type with a space in front', { contentType: ' text/plain' }],
    ['a content type with a space behind', { contentType: 'text/plain ' }],
    ['a content type of 300 characters', { contentType: 'a'.repeat(300) }],
    ['a header length below zero', { headerLength: -1 }],
    ['a header length with a fraction', { headerLength: 1.5 }],
    ['a header length beyond 2^53', { headerLength: 2 ** 53 }],
  ])('refuses %s', (_, change) => {
    const error = refusal(() => requestHashOf({ ...aRequest(), ...change }), 'REQUEST_HEAD_INVALID')
    expect(error.details.field).toBe(Object.keys(change)[0])
  })

  it('accepts a content type with parameters, and none', () => {
    for (const contentType of ['', 'a', 'application/json; charset=utf-8', 'a'.repeat(255)]) {
      expect(requestHashOf({ ...aRequest(), contentType })).toMatch(/^0x/)
    }
  })
})

describe('parseRequestSecret', () => {
  it('reads 32 bytes of hex', () => {
    expect(bytesToHex(parseRequestSecret(hashOf('secret')))).toBe(hashOf('secret'))
  })

  it.each(['', '0x', hashOf('s').slice(2), `${hashOf('s')}00`, hashOf('s').toUpperCase(), ` ${hashOf('s')}`])(
    'refuses %j without repeating it',
    (text) => {
      const error = refusal(() => parseRequestSecret(text), 'REQUEST_SECRET_INVALID')
      if (text.length > 10) expect(JSON.stringify(error)).not.toContain(text)
    },
  )
})

describe('the hashes of sealed requests and responses', () => {
  const salt: Hex = `0x${'5a'.repeat(32)}`
  const request = { method: 'POST', path: '/x', contentType: 'text/plain', body: utf8('body') }

  it('are those of the plaintext behind the salt', () => {
    const head = utf8('POST /x\ntext/plain\n')
    const whole = concatBytes(hexToBytes(salt), uintBytes(head.length, 4), head, request.body)
    expect(requestHashOf(request, salt)).toBe(sha256(whole))
    expect(responseHashOf(request.body, salt)).toBe(sha256(hexToBytes(salt), request.body))
  })

  it('need a salt of 32 bytes, so that it cannot take a byte of the body', () => {
    for (const short of ['0x', `0x${'5a'.repeat(31)}`, `0x${'5a'.repeat(33)}`] as Hex[]) {
      refusal(() => requestHashOf(request, short), 'HEX_MALFORMED')
      refusal(() => responseHashOf(request.body, short), 'HEX_MALFORMED')
    }
  })
})
