/** AssemblyScript has no macros, and BLAKE3 is only fast when its seven rounds stand in a row: this writes them, for one lane and for four. */
const SCHEDULE = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
const PERMUTE = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
const COLUMNS = [0, 1, 2, 3].map((i) => [i, i + 4, i + 8, i + 12])
const DIAGONALS = [0, 1, 2, 3].map((i) => [i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4)])
const IV = ['0x6a09e667', '0xbb67ae85', '0x3c6ef372', '0xa54ff53a', '0x510e527f', '0x9b05688c', '0x1f83d9ab', '0x5be0cd19']

/** One way to write a lane: how words are added, mixed with xor and rotated. */
const scalar = {
  type: 'u32',
  add: (...terms) => terms.join(' + '),
  xor: (x, y) => `${x} ^ ${y}`,
  rotate: (x, n) => `rotr<u32>(${x}, ${n})`,
}
const lanes = {
  type: 'v128',
  add: (first, ...terms) => terms.reduce((sum, term) => `i32x4.add(${sum}, ${term})`, first),
  xor: (x, y) => `v128.xor(${x}, ${y})`,
  rotate: (x, n) => `rot${n}(${x})`,
}

function rounds({ add, xor, rotate }) {
  const lines = []
  let order = SCHEDULE
  for (let round = 0; round < 7; round++) {
    for (const [i, [a, b, c, d]] of [...COLUMNS, ...DIAGONALS].entries()) {
      for (const [word, r, s] of [
        [order[2 * i], 16, 12],
        [order[2 * i + 1], 8, 7],
      ]) {
        lines.push(`s${a} = ${add(`s${a}`, `s${b}`, `m${word}`)}`, `s${d} = ${rotate(xor(`s${d}`, `s${a}`), r)}`)
        lines.push(`s${c} = ${add(`s${c}`, `s${d}`)}`, `s${b} = ${rotate(xor(`s${b}`, `s${c}`), s)}`)
      }
    }
    order = PERMUTE.map((at) => order[at])
  }
  return lines.join('\n  ')
}

const each = (n, line) => Array.from({ length: n }, (_, i) => line(i)).join('\n  ')

/** Source of the module `./compress`. */
export function compressSource() {
  return `
@inline function rot16(x: v128): v128 { return i8x16.shuffle(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13) }
@inline function rot8(x: v128): v128 { return i8x16.shuffle(x, x, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12) }
@inline function rot12(x: v128): v128 { return v128.or(i32x4.shr_u(x, 12), i32x4.shl(x, 20)) }
@inline function rot7(x: v128): v128 { return v128.or(i32x4.shr_u(x, 7), i32x4.shl(x, 25)) }

/** Compresses the 64-byte block at m under the chaining value cv; writes the first 32 bytes, or all 64 when wide, to out. */
export function compress(out: usize, cv: usize, m: usize, counter: u64, len: u32, flags: u32, wide: bool): void {
  ${each(16, (i) => `const m${i} = load<u32>(m, ${4 * i})`)}
  ${each(8, (i) => `let s${i} = load<u32>(cv, ${4 * i})`)}
  ${each(4, (i) => `let s${8 + i}: u32 = ${IV[i]}`)}
  let s12 = <u32>counter, s13 = <u32>(counter >> 32), s14 = len, s15 = flags
  ${rounds(scalar)}
  if (wide) {
    ${each(8, (i) => `store<u32>(out, s${8 + i} ^ load<u32>(cv, ${4 * i}), ${32 + 4 * i})`)}
  }
  ${each(8, (i) => `store<u32>(out, s${i} ^ s${8 + i}, ${4 * i})`)}
}

/** Four compressions at once: word i of the four chaining values at cv + 16 i, of the four blocks at m + 16 i. Same counter, length and flags. */
export function compress4(cv: usize, m: usize, counter: u64, len: u32, flags: u32): void {
  ${each(16, (i) => `const m${i} = v128.load(m, ${16 * i})`)}
  ${each(8, (i) => `let s${i} = v128.load(cv, ${16 * i})`)}
  ${each(4, (i) => `let s${8 + i} = i32x4.splat(${IV[i]})`)}
  let s12 = i32x4.splat(<i32>counter), s13 = i32x4.splat(<i32>(counter >> 32)), s14 = i32x4.splat(len), s15 = i32x4.splat(flags)
  ${rounds(lanes)}
  ${each(8, (i) => `v128.store(cv, v128.xor(s${i}, s${8 + i}), ${16 * i})`)}
}

export function iv(out: usize): void {
  ${IV.map((word, i) => `store<u32>(out, ${word}, ${4 * i})`).join('\n  ')}
}
export function iv4(out: usize): void {
  ${IV.map((word, i) => `v128.store(out, i32x4.splat(${word}), ${16 * i})`).join('\n  ')}
}
`
}
