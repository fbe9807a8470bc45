// Writes fp.ts: the arithmetic of one base field, unrolled. An element is `limbs` limbs of `bits` bits, 4 bytes each, in Montgomery form for
// R = 2^(limbs·bits), below 2p with R > 32p, so that products of elements are below 2p again. Columns of products stay below 2^63.

const range = (n) => Array.from({ length: n }, (_, i) => i)

/** The shape of a field: limbs, Montgomery form, bytes in memory. */
export function shapeOf({ p, limbs, bits, bytes }) {
  const base = BigInt(bits)
  const mask = (1n << base) - 1n
  const split = (value, width = base, count = limbs) => range(count).map((i) => (value >> (width * BigInt(i))) & ((1n << width) - 1n))
  const R = 1n << BigInt(limbs * bits)
  const padded = (values) => range((limbs + 1) & ~1).map((i) => values[i] ?? 0n)
  return { p, limbs, bits, bytes, mask, split, R, padded, montgomery: (value) => padded(split((((value % p) + p) * R) % p)) }
}

/** -1/a mod 2^bits, for odd a. */
function negativeInverse(a, bits) {
  let x = 1n
  for (let i = 0; i < 6; i++) x = BigInt.asUintN(bits, x * (2n - a * x))
  return BigInt.asUintN(bits, -x)
}

export const data = (name, values, type = 'u32') => `export const ${name}: usize = memory.data<${type}>([${values.join(', ')}])`

export function fieldSource(shape) {
  const { p, limbs: n, bits, bytes, mask, split, R, padded } = shape
  const modulus = split(p)
  const twice = split(2n * p)
  const inverse = negativeInverse(p, bits)
  const last = n - 1

  /** Columns of a product and of the multiple of p that makes the lower half zero, one after the other. */
  const product = (name, parameters, loads, column) => {
    const lines = [`export function ${name}(r: usize, ${parameters}): void {`, ...loads, '  let c: u64 = 0']
    for (const k of range(2 * n - 1)) {
      const reduction = range(n).filter((i) => i < k && k - i < n && modulus[k - i] !== 0n)
      lines.push(`  c += ${[...column(k), ...reduction.map((i) => `q${i} * ${modulus[k - i]}`)].join(' + ')}`)
      if (k < n) lines.push(`  const q${k} = (c * ${inverse}) & ${mask}`, `  c = (c + q${k} * ${modulus[0]}) >> ${bits}`)
      else lines.push(`  const s${k - n} = c & ${mask}`, `  c >>= ${bits}`)
    }
    for (const i of range(last)) lines.push(`  store<u32>(r, <u32>s${i}, ${4 * i})`)
    return [...lines, `  store<u32>(r, <u32>c, ${4 * last})`, '}', ''].join('\n')
  }
  const loads = (name) => range(n).map((i) => `  const ${name}${i} = <u64>load<u32>(${name}, ${4 * i})`)
  const pairs = (k) => range(n).filter((i) => k - i >= 0 && k - i < n)

  /** Limbs with their carry; what is negative gets 2p. */
  const sum = (name, limb) => {
    const lines = [`export function ${name}(r: usize, a: usize, b: usize): void {`, '  let c: i64 = 0']
    for (const i of range(n)) {
      lines.push(`  c += ${limb(`<i64>load<u32>(a, ${4 * i})`, `<i64>load<u32>(b, ${4 * i})`, i)}`)
      lines.push(i < last ? `  const s${i} = c & ${mask}\n  c >>= ${bits}` : `  const s${i} = c`)
    }
    lines.push('  const negative = c >> 63', '  c = 0')
    for (const i of range(n)) {
      lines.push(`  c += s${i} + (negative & ${twice[i]})`)
      lines.push(i < last ? `  store<u32>(r, <u32>(c & ${mask}), ${4 * i})\n  c >>= ${bits}` : `  store<u32>(r, <u32>c, ${4 * i})`)
    }
    return [...lines, '}', ''].join('\n')
  }

  const wide = Math.ceil((bytes * 8 + 2) / 30)
  return [
    `export const N: usize = ${n}`,
    `export const FP: usize = ${4 * padded([]).length}`,
    `export const BITS: u32 = ${bits}`,
    `export const MASK: u64 = ${mask}`,
    `export const BYTES: i32 = ${bytes}`,
    `export const LEN30: i32 = ${wide}`,
    `export const INV30: i32 = ${BigInt.asUintN(30, -negativeInverse(p, 30))}`,
    data('P30', split(p, 30n, wide)),
    data('P', padded(modulus)),
    data('R2', padded(split((R * R) % p))),
    data('R3', padded(split((R * R * R) % p))),
    data('ONE', padded(split(R % p))),
    product('mul', 'a: usize, b: usize', [...loads('a'), ...loads('b')], (k) => pairs(k).map((i) => `a${i} * b${k - i}`)),
    product('sqr', 'a: usize', [...loads('a'), ...range(n).map((i) => `  const d${i} = a${i} << 1`)], (k) =>
      pairs(k)
        .filter((i) => i <= k - i)
        .map((i) => (i === k - i ? `a${i} * a${i}` : `d${i} * a${k - i}`)),
    ),
    sum('add', (a, b, i) => `${a} + ${b} - ${twice[i]}`),
    sum('sub', (a, b) => `${a} - ${b}`),
  ].join('\n')
}
