import { encode } from 'cborg'
import { expect, it } from 'vitest'
import { readSign1 } from './sign1.ts'

const HEADER = Uint8Array.of(0xa1, 1, 0x38, 0x22)
const [payload, signature] = [Uint8Array.of(1), Uint8Array.of(2)]
const read = (value: unknown) => readSign1(encode(value))

it('a COSE message is refused with the name of what is wrong', () => {
  for (const value of ['four', Uint8Array.of(1, 2, 3, 4), new Map(), null, [HEADER, new Map(), payload]])
    expect(() => read(value)).toThrow('COSE: not a list of four.')
  const parts = [HEADER, new Map<number, number>(), payload, signature] as const
  for (const [at, value] of [
    [0, 'text'],
    [0, null],
    [1, null],
    [1, []],
    [1, new Map([[1, 1]])],
    [2, null],
    [3, null],
  ] as const)
    expect(() => read((parts as readonly unknown[]).with(at, value))).toThrow('COSE: not the parts of a COSE_Sign1.')
  expect(() => read(parts.with(0, Uint8Array.of(0xa1, 1, 0x26)))).toThrow('COSE: another algorithm than ES384.')
  expect(read(parts)).toEqual({ protectedHeader: HEADER, payload, signature })
})
