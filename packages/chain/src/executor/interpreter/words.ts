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
