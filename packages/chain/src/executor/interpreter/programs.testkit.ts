import fc from 'fast-check'

/** Contracts that can call each other: their addresses are the numbers from here on. */
export const FIRST = 0xa0

const push = (bytes: readonly number[]) => [0x5f + bytes.length, ...bytes]
const small = fc.nat(70).map((value) => push([value]))
const wide = fc.uint8Array({ minLength: 1, maxLength: 32 }).map((bytes) => push([...bytes]))
const contract = fc.nat(12).map((value) => push([value < 3 ? FIRST + value : value]))
const opcode = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...range(0x01, 0x0b), ...range(0x10, 0x1e)) },
  { weight: 4, arbitrary: fc.constantFrom(0x20, ...range(0x30, 0x4a)) },
  { weight: 8, arbitrary: fc.constantFrom(...range(0x50, 0x5f)) },
  { weight: 6, arbitrary: fc.constantFrom(...range(0x80, 0x9f)) },
  { weight: 2, arbitrary: fc.constantFrom(...range(0xa0, 0xa4), 0xf0, 0xf3, 0xf5, 0xfd, 0xff) },
  { weight: 1, arbitrary: fc.nat(255) },
)
/** A call with small memory areas, all gas, and perhaps value. */
const call = fc
  .tuple(fc.constantFrom(0xf1, 0xf2, 0xf4, 0xfa), contract, fc.nat(4))
  .map(([op, to, value]) => [...push([4]), ...push([0]), ...push([36]), ...push([0]), ...(op < 0xf3 ? push([value]) : []), ...to, 0x5a, op])
const jump = fc.tuple(fc.nat(60), fc.boolean()).map(([to, sure]) => (sure ? [...push([to]), 0x56] : [...push([to]), 0x90, 0x57]))
const piece = fc.oneof(
  { weight: 10, arbitrary: small },
  { weight: 3, arbitrary: wide },
  { weight: 14, arbitrary: opcode.map((op) => [op]) },
  { weight: 2, arbitrary: call },
  { weight: 2, arbitrary: jump },
  { weight: 2, arbitrary: fc.constant([0x5b, 0x5b, 0x5b]) },
)
/** Code of any kind that runs a little while before it fails, if it does. */
export const program = fc.array(piece, { maxLength: 40 }).map((pieces) => Uint8Array.from([...range(0x60, 0x67), ...pieces.flat()]))

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}
