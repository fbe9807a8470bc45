const MASK: u64 = 0xfffffff
const COLUMNS: usize = memory.data(8 * 96)

/** As the unrolled products, for 2 to 80 limbs: columns stay below 2^64, and the last of them zero. */
export function mulAny(r: usize, a: usize, b: usize, m: usize, inverse: u64, n: usize): void {
  memory.fill(COLUMNS, 0, 8 * n)
  const end: usize = 4 * n
  for (let i: usize = 0; i < end; i += 4) {
    const x = <u64>load<u32>(a + i)
    let c = load<u64>(COLUMNS) + x * <u64>load<u32>(b)
    const q = (c * inverse) & MASK
    c = (c + q * <u64>load<u32>(m)) >> 28
    let t = COLUMNS
    for (let j: usize = 4; j < end; j += 4) {
      store<u64>(t, load<u64>(t, 8) + x * <u64>load<u32>(b + j) + q * <u64>load<u32>(m + j))
      t += 8
    }
    store<u64>(COLUMNS, load<u64>(COLUMNS) + c)
  }
  let c: u64 = 0, t = COLUMNS
  for (let i: usize = 0; i < end - 4; i += 4) {
    c += load<u64>(t)
    store<u32>(r + i, <u32>(c & MASK))
    c >>= 28
    t += 8
  }
  store<u32>(r + end - 4, <u32>c)
}

/** The lower `n` limbs of a product. */
export function mulLow(r: usize, a: usize, b: usize, n: usize): void {
  let c: u64 = 0
  for (let k: usize = 0; k < n; k++) {
    let x = a, y = b + 4 * k
    for (const end = x + 4 * k; x <= end; x += 4) {
      c += <u64>load<u32>(x) * <u64>load<u32>(y)
      y -= 4
    }
    store<u32>(COLUMNS + 4 * k, <u32>(c & MASK))
    c >>= 28
  }
  memory.copy(r, COLUMNS, 4 * n)
}
