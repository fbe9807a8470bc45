import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { canonicalJson, isMachineFault, OgError, parseStrictJson } from '../index.ts'
import { base64Codec } from '../json/schema.ts'
import { decodeRlp, encodeRlp, rlpBytes, rlpUint } from '../light/rlp.ts'
import { bytes } from '../take/take.ts'
import { arrayName, isArrayOf, isBytes, isError, ownBytes } from './realm.ts'

/** What the code makes in a realm of its own. */
const elsewhere = (code: string): never => runInNewContext(code) as never
const bytesElsewhere = (...values: number[]): Uint8Array => elsewhere(`Uint8Array.of(${values})`)
const jsonElsewhere = (value: unknown): never => elsewhere(`(${JSON.stringify(value)})`)

describe('values of another realm', () => {
  it('are no instances of the classes of this one, as is what these functions are for', () => {
    expect(bytesElsewhere()).not.toBeInstanceOf(Uint8Array)
    expect(elsewhere('new Error("no")')).not.toBeInstanceOf(Error)
    expect(Object.getPrototypeOf(jsonElsewhere({}))).not.toBe(Object.prototype)
  })

  it('are known by what the engine made them', () => {
    expect([bytesElsewhere(1), Uint8Array.of(1), Buffer.of(1)].map(isBytes)).toEqual([true, true, true])
    expect(['Float32Array', 'BigInt64Array', 'Uint8ClampedArray'].map((name) => arrayName(elsewhere(`new ${name}(1)`)))).toEqual([
      'Float32Array',
      'BigInt64Array',
      'Uint8ClampedArray',
    ])
    expect(isArrayOf('Int16Array', elsewhere('new Int16Array(1)'))).toBe(true)
    expect(isError(elsewhere('new RangeError("no")')) && isError(new DOMException('no')) && isError(new OgError('INTERNAL', 'no'))).toBe(
      true,
    )
  })

  it('that only say that they are bytes are none: not by a prototype, a tag, a proxy or the name of their class', () => {
    const lies = [
      Object.create(Uint8Array.prototype),
      Object.setPrototypeOf(new Float32Array(1), Uint8Array.prototype),
      Object.defineProperty(new Float32Array(1), Symbol.toStringTag, { value: 'Uint8Array' }),
      { [Symbol.toStringTag]: 'Uint8Array', constructor: Uint8Array, length: 1, BYTES_PER_ELEMENT: 1, 0: 1 },
      new Proxy(new Uint8Array(1), {}),
      new DataView(new ArrayBuffer(1)),
      new ArrayBuffer(1),
      'Uint8Array',
      null,
      undefined,
    ]
    expect(lies.map(isBytes)).toEqual(lies.map(() => false))
  })

  it('become bytes of this realm without a copy', () => {
    const theirs = elsewhere('new Uint8Array(Uint8Array.of(1, 2, 3).buffer, 1, 2)') as Uint8Array
    const ours = ownBytes(theirs)
    expect(ours instanceof Uint8Array && [...ours]).toEqual([2, 3])
    expect(ours.buffer).toBe(theirs.buffer)
    const own = Uint8Array.of(1)
    expect(ownBytes(own)).toBe(own)
    expect(bytes(theirs, 'bytes')).toBeInstanceOf(Uint8Array)
  })
})

describe('what is read from values of another realm', () => {
  it('is what is read from those of this one', () => {
    expect(parseStrictJson(bytesElsewhere(0x5b, 0x5d), { maxBytes: 9, maxDepth: 9 })).toEqual([])
    const item = decodeRlp(bytesElsewhere(0xc2, 0x05, 0x06))
    expect(encodeRlp(item)).toEqual(Uint8Array.of(0xc2, 5, 6))
    expect(rlpUint((item as Uint8Array[])[0], 'first', 8)).toBe(5n)
    expect(() => rlpBytes(elsewhere('[]'), 'list')).toThrow(/expected bytes/)
    expect(canonicalJson(jsonElsewhere({ b: [1], a: { c: 'x' } }))).toBe('{"a":{"c":"x"},"b":[1]}')
    expect(() => canonicalJson(elsewhere('new (class Mine {})()'))).toThrow(/a Mine/)
    expect(() => canonicalJson(elsewhere('new Map()'))).toThrow(/a Map/)
    expect(base64Codec(9).encode(bytesElsewhere(1, 2, 3))).toBe('AQID')
  })

  it('is said of errors that came from there', () => {
    const cause = elsewhere('new RangeError("Maximum call stack size exceeded", { cause: new Error("deep") })') as Error
    const error = new OgError('INTERNAL', 'no', { cause, details: { cause, body: bytesElsewhere(1, 2) } })
    expect(error.toJSON()).toMatchObject({ cause: cause.message, details: { cause: cause.message, body: '2 bytes' } })
    expect(error.walk()).toMatchObject({ message: 'deep' })
    expect(isMachineFault(error)).toBe(true)
  })
})
