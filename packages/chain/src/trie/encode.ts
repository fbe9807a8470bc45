/** What RLP can say: bytes, numbers (big-endian without leading zeros; none are negative), and lists of both. */
export type Encodable = Uint8Array | bigint | readonly Encodable[]

/** The RLP of an item (yellow paper, appendix B). Its length is known before it is written, so that every byte is copied once. */
export function encodeRlp(item: Encodable): Uint8Array {
  const lengths: number[] = []
  const out = new Uint8Array(measure(item, lengths))
  write(out, 0, item, { lengths, at: 0 })
  return out
}

/** The length of an item; those of the payloads of its lists, outer before inner, go to `lengths`. */
function measure(item: Encodable, lengths: number[]): number {
  if (typeof item === 'bigint') return item < 0x80n ? 1 : 1 + bytesOf(item)
  if (item instanceof Uint8Array) return item.length === 1 && item[0]! < 0x80 ? 1 : item.length + headLength(item.length)
  const place = lengths.push(0) - 1
  let payload = 0
  for (const part of item) payload += measure(part, lengths)
  lengths[place] = payload
  return payload + headLength(payload)
}

/** Writes an item from `from` and answers where it ends. */
function write(out: Uint8Array, from: number, item: Encodable, lists: { readonly lengths: readonly number[]; at: number }): number {
  if (typeof item === 'bigint') return writeNumber(out, from, item)
  if (item instanceof Uint8Array) {
    if (item.length === 1 && item[0]! < 0x80) {
      out[from] = item[0]!
      return from + 1
    }
    const start = writeHead(out, from, item.length, 0x80)
    out.set(item, start)
    return start + item.length
  }
  let at = writeHead(out, from, lists.lengths[lists.at++]!, 0xc0)
  for (const part of item) at = write(out, at, part, lists)
  return at
}

function writeNumber(out: Uint8Array, from: number, value: bigint): number {
  if (value < 0x80n) {
    out[from] = value === 0n ? 0x80 : Number(value)
    return from + 1
  }
  const length = bytesOf(value)
  out[from] = 0x80 + length
  let rest = value
  for (let at = from + length; at > from; at--) {
    out[at] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return from + 1 + length
}

/** Bytes of a number that fits in 55 of them. */
function bytesOf(value: bigint): number {
  return (value.toString(16).length + 1) >>> 1
}

/** Bytes of the prefix of a byte string or list of `payload` bytes, but for a byte string that is one small byte. */
export function headLength(payload: number): number {
  return payload < 56 ? 1 : 1 + sizeOf(payload)
}

function writeHead(out: Uint8Array, from: number, payload: number, offset: number): number {
  if (payload < 56) {
    out[from] = offset + payload
    return from + 1
  }
  const size = sizeOf(payload)
  out[from] = offset + 55 + size
  for (let at = from + size, rest = payload; at > from; at--, rest = Math.floor(rest / 256)) out[at] = rest & 255
  return from + 1 + size
}

/** Bytes of a length. */
function sizeOf(length: number): number {
  let size = 0
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) size++
  return size
}
