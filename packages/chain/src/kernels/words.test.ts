import { concatBytes } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { number, outcome, same, spoilt, zeros } from './precompiles.testkit.ts'

const MODEXP = 5
const BLAKE2F = 9

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const lengths = (...values: readonly (number | bigint)[]) => concatBytes(...values.map((value) => number(BigInt(value), 32)))

describe('modular powers are those of EthereumJS', () => {
  /** Lengths in bytes at which the way of reckoning changes, and their neighbours. */
  const LENGTHS = [0, 1, 7, 8, 9, 16, 17, 23, 24, 25, 32, 33, 40, 48, 56, 64, 65, 72, 100, 128, 200, 255, 256, 257, 260, 300]
  const edgeOrAny = (length: number) =>
    fc.oneof(
      { weight: 4, arbitrary: bytes(length) },
      { weight: 1, arbitrary: fc.constantFrom(0, 1, 255).map((byte) => new Uint8Array(length).fill(byte)) },
      { weight: 1, arbitrary: fc.nat(Math.max(8 * length - 1, 0)).map((bit) => (length ? number(1n << BigInt(bit), length) : zeros(0))) },
    )
  /** Odd, even, multiples of high powers of two, and powers of two. */
  const modulus = (length: number) =>
    fc.tuple(edgeOrAny(length), fc.nat(8 * length), fc.boolean()).map(([value, shift, odd]) => {
      if (length === 0) return value
      const all = BigInt(`0x${Buffer.from(value).toString('hex')}`) | (odd ? 1n : 0n)
      return number(odd ? all : BigInt.asUintN(8 * length, (all >> BigInt(shift)) << BigInt(shift)), length)
    })

  it('for bases, exponents and moduli of all lengths and forms', async () => {
    const input = fc
      .tuple(fc.constantFrom(...LENGTHS), fc.constantFrom(0, 1, 2, 3, 5, 8, 16, 31, 32, 33, 40, 70), fc.constantFrom(...LENGTHS))
      .chain(([b, e, m]) => fc.tuple(edgeOrAny(b), edgeOrAny(e), modulus(m)))
    await fc.assert(
      fc.asyncProperty(input, async ([base, exponent, m]) => {
        await same(MODEXP, concatBytes(lengths(base.length, exponent.length, m.length), base, exponent, m), 2n ** 60n)
      }),
      { numRuns: 600 },
    )
  })

  it('whatever was reckoned before', async () => {
    // Lengths with code of their own, and without; odd moduli, even ones and powers of two.
    const sizes = [255, 40, 140, 8, 100, 257, 24, 260, 70, 17, 200, 64]
    for (const length of [...sizes, ...sizes.toReversed()])
      for (const last of [0x01, 0x40]) {
        const modulus = Uint8Array.from({ length }, (_, i) => (i === length - 1 ? last : last & 1 || i === 0 ? 255 - i : 0))
        await same(MODEXP, concatBytes(lengths(length, 3, length), bytesOf(length), bytesOf(3), modulus))
      }
  })

  it('where the data ends early, or goes on', async () => {
    const input = fc
      .tuple(fc.nat(40), fc.nat(40), fc.nat(40))
      .chain(([b, e, m]) => fc.tuple(fc.constant([b, e, m] as const), fc.uint8Array({ maxLength: 140 })))
    await fc.assert(
      fc.asyncProperty(input, async ([of, rest]) => {
        const data = concatBytes(lengths(...of), rest)
        await same(MODEXP, data)
        await same(MODEXP, data.subarray(0, data.length >> 1))
      }),
      { numRuns: 300 },
    )
  })

  it('with lengths that no memory has, and gas that does not suffice', async () => {
    const huge = [0n, 1n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 64n, 2n ** 256n - 1n]
    for (const b of huge)
      for (const e of huge)
        for (const m of huge) {
          // What there is gas for is reckoned, as by EthereumJS: a number of two gigabytes is not for a test.
          if (b + m === 1n && e > 1n) continue
          await same(MODEXP, concatBytes(lengths(b, e, m), bytesOf(60)))
        }
    const data = concatBytes(lengths(32, 32, 32), bytesOf(96))
    expect(await same(MODEXP, data, 1_348n)).toContain('out of gas')
    await same(MODEXP, zeros(0), 199n)
    await same(MODEXP, zeros(0), 200n)
  })

  it('of an exponent of a million bits, nearly all of them beyond the data', async () => {
    const data = concatBytes(lengths(1, 125_000, 1), Uint8Array.of(7, 3), zeros(124_998))
    // 7 and a modulus of zero: no answer takes long here. EthereumJS takes minutes for another one.
    await same(MODEXP, data)
    const short = concatBytes(lengths(1, 2_000, 2), Uint8Array.of(7, 3))
    await same(MODEXP, short)
    await same(MODEXP, concatBytes(lengths(8, 2_000, 8), bytesOf(2_016)))
    await same(MODEXP, concatBytes(lengths(40, 1_000, 40), bytesOf(1_080)))
  })

  it("where Fermat's little theorem says what comes out, for exponents that EthereumJS takes hours for", async () => {
    // 2^61 - 1 is a prime p, and 2^(8n) = 2^(8n mod 61) modulo it; 7^(2^(8n)) then follows from the exponent modulo p - 1.
    const p = 2n ** 61n - 1n
    const n = 1_000_000
    const exponent = concatBytes(Uint8Array.of(1))
    const data = concatBytes(lengths(1, n, 8), Uint8Array.of(7), exponent, zeros(n - 1), number(p, 8))
    const reduced = modular(2n, 8n * BigInt(n - 1), p - 1n)
    expect(await outcome(MODEXP, data)).toBe(`${modular(7n, reduced, p).toString(16).padStart(16, '0')} for 2666664 gas`)
  })
})

describe("BLAKE2b's compression is that of EthereumJS", () => {
  const input = fc
    .tuple(fc.oneof(fc.nat(40), fc.constantFrom(0, 9, 10, 11, 12, 20, 4_999)), bytes(208), fc.integer({ min: 0, max: 1 }))
    .map(([rounds, rest, last]) => concatBytes(number(BigInt(rounds), 4), rest, Uint8Array.of(last)))

  it('for any state, message, offset and number of rounds', async () => {
    await fc.assert(
      fc.asyncProperty(input, async (data) => void (await same(BLAKE2F, data))),
      { numRuns: 200 },
    )
  })

  it('for other lengths, marks of the last block, and gas that does not suffice', async () => {
    await fc.assert(
      fc.asyncProperty(
        input.chain((data) => fc.tuple(fc.constant(data), spoilt(data))),
        async ([data, other]) => {
          const rounds = BigInt(new DataView(data.buffer).getUint32(0))
          if (rounds > 0n) expect(await same(BLAKE2F, data, rounds - 1n)).toContain('out of gas')
          await same(BLAKE2F, data, rounds)
          // A changed number of rounds may be four billion: there is no gas for that.
          await same(BLAKE2F, other, 10_000n)
        },
      ),
      { numRuns: 100 },
    )
    await same(BLAKE2F, zeros(0))
  })
})

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 151 + 91) & 0xff)

function modular(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}
