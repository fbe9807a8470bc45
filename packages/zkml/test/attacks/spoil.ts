/** Random 64-bit numbers. */
export type Random = () => bigint
export const below = (random: Random, n: number) => (n < 1 ? 0 : Number(random() % BigInt(n)))

const INTS = [0, 1, -1, 2, 255, 256, 32767, 32768, 2 ** 20, 2 ** 26, 2 ** 31, 2 ** 53 - 1]

/** Changes one value somewhere in decoded CBOR, keeping the rest as it is. */
export function spoil(value: unknown, random: Random): unknown {
  if (Array.isArray(value) && value.length > 0 && below(random, 8) !== 0) {
    const i = below(random, value.length)
    return value.map((one, j) => (i === j ? spoil(one, random) : one))
  }
  if (Array.isArray(value)) return [value.slice(1), [...value, ...value], [...value, 0], [[value]]][below(random, 4)]
  if (value !== null && typeof value === 'object' && !(value instanceof Uint8Array)) {
    const entries = Object.entries(value)
    const i = below(random, entries.length)
    return Object.fromEntries(entries.map(([key, one], j) => [key, i === j ? spoil(one, random) : one]))
  }
  if (typeof value === 'number') return [INTS[below(random, INTS.length)]!, value + 1, value - 1, value * 2][below(random, 4)]
  return [0, '', [], {}, null, true, new Uint8Array(32)][below(random, 7)]
}
