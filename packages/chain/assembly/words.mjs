// Writes what of the other kernels is unrolled: blake2.ts, the rounds of BLAKE2b, and montgomery.ts, products modulo an odd number that is
// known only when they are asked for.

const range = (n) => Array.from({ length: n }, (_, i) => i)

const SIGMA = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
]
const QUARTERS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
]

/** `rounds` of BLAKE2b's mixing on the sixteen words at `v` with those of the message at `m`. */
export function blake2Source() {
  const mix = ([a, b, c, d], x, y) =>
    [
      [`v${a} += v${b} + load<u64>(m, ${8 * x})`, `v${d} = rotr(v${d} ^ v${a}, 32)`],
      [`v${c} += v${d}`, `v${b} = rotr(v${b} ^ v${c}, 24)`],
      [`v${a} += v${b} + load<u64>(m, ${8 * y})`, `v${d} = rotr(v${d} ^ v${a}, 16)`],
      [`v${c} += v${d}`, `v${b} = rotr(v${b} ^ v${c}, 63)`],
    ].flat()
  const round = (sigma) => ['if (left-- == 0) break', ...QUARTERS.flatMap((words, i) => mix(words, sigma[2 * i], sigma[2 * i + 1]))]
  return [
    'export function mix(v: usize, m: usize, rounds: u32): void {',
    ...range(16).map((i) => `  let v${i} = load<u64>(v, ${8 * i})`),
    '  let left = rounds',
    '  while (true) {',
    ...SIGMA.flatMap(round).map((line) => `    ${line}`),
    '  }',
    ...range(16).map((i) => `  store<u64>(v, v${i}, ${8 * i})`),
    '}',
    '',
  ].join('\n')
}

const BITS = 28
const MASK = 2 ** BITS - 1

/** Products of numbers of `n` limbs of 28 bits, 4 bytes each, below 2m and so again; the modulus m at `m` with R = 2^28n > 4m. */
function product(n, name, parameters, loads, column) {
  const lines = [`function ${name}${n}(r: usize, ${parameters}, m: usize, inverse: u64): void {`, ...loads]
  lines.push(...range(n).map((i) => `  const m${i} = <u64>load<u32>(m, ${4 * i})`), '  let c: u64 = 0')
  for (const k of range(2 * n - 1)) {
    const reduction = range(n).filter((i) => i < k && k - i < n)
    lines.push(`  c += ${[...column(k), ...reduction.map((i) => `q${i} * m${k - i}`)].join(' + ')}`)
    if (k < n) lines.push(`  const q${k} = (c * inverse) & ${MASK}`, `  c = (c + q${k} * m0) >> ${BITS}`)
    else lines.push(`  store<u32>(r, <u32>(c & ${MASK}), ${4 * (k - n)})`, `  c >>= ${BITS}`)
  }
  return [...lines, `  store<u32>(r, <u32>c, ${4 * (n - 1)})`, '}', ''].join('\n')
}

function unrolled(n) {
  const loads = (name) => range(n).map((i) => `  const ${name}${i} = <u64>load<u32>(${name}, ${4 * i})`)
  const pairs = (k) => range(n).filter((i) => k - i >= 0 && k - i < n)
  return [
    product(n, 'mul', 'a: usize, b: usize', [...loads('a'), ...loads('b')], (k) => pairs(k).map((i) => `a${i} * b${k - i}`)),
    product(n, 'sqr', 'a: usize', [...loads('a'), ...range(n).map((i) => `  const d${i} = a${i} << 1`)], (k) =>
      pairs(k)
        .filter((i) => i <= k - i)
        .map((i) => (i === k - i ? `a${i} * a${i}` : `d${i} * a${k - i}`)),
    ),
  ].join('\n')
}

/** Lengths with code of their own. */
const LENGTHS = [5, 7, 10, 14, 19]

export function montgomerySource() {
  const choose = (call, rest) => [...LENGTHS.map((n) => `  if (n == ${n}) return ${call(n)}`), `  ${rest}`].join('\n')
  return [
    "import { mulAny } from './any'",
    ...LENGTHS.map(unrolled),
    'export function mul(r: usize, a: usize, b: usize, m: usize, inverse: u64, n: usize): void {',
    choose((n) => `mul${n}(r, a, b, m, inverse)`, 'mulAny(r, a, b, m, inverse, n)'),
    '}',
    'export function sqr(r: usize, a: usize, m: usize, inverse: u64, n: usize): void {',
    choose((n) => `sqr${n}(r, a, m, inverse)`, 'mulAny(r, a, a, m, inverse, n)'),
    '}',
    '',
  ].join('\n')
}
