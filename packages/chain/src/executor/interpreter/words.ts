/** Numbers of up to 256 bits as the EVM has them on its stack, and their bytes. */

/** The 32 big-endian bytes of a word. */
export function wordBytes(word: bigint): Uint8Array {
  const bytes = new Uint8Array(32)
  writeWord(new DataView(bytes.buffer), 0, word)
  return bytes
}

/** Its bytes without leading zeros; none for zero. */
export function minimalBytes(word: bigint): Uint8Array {
  const bytes = wordBytes(word)
  const first = bytes.findIndex((byte) => byte !== 0)
  return first < 0 ? new Uint8Array() : bytes.slice(first)
}

export function writeWord(view: DataView, offset: number, word: bigint): void {
  let rest = word
  for (let at = offset + 24; at >= offset; at -= 8) {
    view.setBigUint64(at, BigInt.asUintN(64, rest))
    rest >>= 64n
  }
}

export function readWord(view: DataView, offset: number): bigint {
  const high = (view.getBigUint64(offset) << 64n) | view.getBigUint64(offset + 8)
  const low = (view.getBigUint64(offset + 16) << 64n) | view.getBigUint64(offset + 24)
  return high === 0n ? low : (high << 128n) | low
}

/** The numbers that one byte can be. */
const SMALL = Array.from({ length: 256 }, (_, byte) => BigInt(byte))
/** Up to as many bytes fit in a number of JavaScript. */
const EXACT_BYTES = 6
const scratch = new Uint8Array(32)
const scratchView = new DataView(scratch.buffer)

/** The number in 1 to 32 bytes from `at`. Beyond the end there are zeros. */
export function readNumber(bytes: Uint8Array, at: number, size: number): bigint {
  if (size === 1) return SMALL[bytes[at] ?? 0]!
  if (size <= EXACT_BYTES) {
    let number = 0
    for (let i = at; i < at + size; i++) number = 256 * number + (bytes[i] ?? 0)
    return BigInt(number)
  }
  scratch.fill(0, 0, 32 - size)
  for (let i = 0; i < size; i++) scratch[32 - size + i] = bytes[at + i] ?? 0
  return readWord(scratchView, 0)
}
