import { crc32 } from 'node:zlib'

/** `OGJ1`, at the start of every frame. */
const MAGIC = 0x314a474f
/** magic u32 · payload length u32 · crc32 u32 (of everything after it) · durable offset u64; all little-endian. */
export const FRAME_HEADER = 20
/** A frame is one write: a body of 64 MiB and what goes with it must fit. */
export const MAX_FRAME = 80 * 1024 * 1024

/** One write to the log: all records of one group, so that a group is either wholly there or not at all. */
export interface Frame {
  /** Offset of the frame's first byte in its segment. */
  offset: number
  /** Offset of the first byte after it. */
  end: number
  /** How far the segment was known to be on disk when this frame was written. */
  durable: number
  records: RecordSlice[]
}

/** One record inside a segment. */
export interface RecordSlice {
  /** Offset of the record's payload in the segment. */
  offset: number
  payload: Uint8Array
}

/** What reading a segment found: its good frames, and where the first bad byte is. */
export interface Scan {
  frames: Frame[]
  /** Bytes up to here are good frames. */
  end: number
  /** Why reading stopped before the end of the file; absent if it did not. `corrupt` means that acknowledged bytes are damaged. */
  stopped?: 'torn' | 'corrupt'
}

/** A record as it is written: its pieces, one after the other. A text has a byte for each of its characters (Latin-1), and needs no buffer of its own. */
export type RecordParts = readonly (Uint8Array | string)[]

/** Bytes that a record takes. */
export function recordLength(record: RecordParts): number {
  let length = 0
  for (let i = 0; i < record.length; i++) length += record[i]!.length
  return length
}

/**
 * Lays out one frame. `at` is where it will stand in the segment; the offsets of its records come back with it.
 * @param scratch used for the bytes if it is large enough: they are valid until it is used again
 */
export function encodeFrame(
  records: readonly RecordParts[],
  at: number,
  durable: number,
  scratch: Buffer = EMPTY,
): { bytes: Buffer; offsets: number[] } {
  let length = 0
  for (const record of records) length += 4 + recordLength(record)
  const total = FRAME_HEADER + length
  const bytes = total <= scratch.length ? scratch.subarray(0, total) : Buffer.allocUnsafe(total)
  bytes.writeUInt32LE(MAGIC, 0)
  bytes.writeUInt32LE(length, 4)
  bytes.writeUInt32LE(durable % 0x1_0000_0000, 12)
  bytes.writeUInt32LE(Math.floor(durable / 0x1_0000_0000), 16)
  const offsets: number[] = []
  let cursor = FRAME_HEADER
  for (const record of records) {
    const start = cursor + 4
    cursor = start
    offsets.push(at + start)
    for (const part of record) {
      if (typeof part === 'string') bytes.write(part, cursor, 'latin1')
      else bytes.set(part, cursor)
      cursor += part.length
    }
    bytes.writeUInt32LE(cursor - start, start - 4)
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(12)), 8)
  return { bytes, offsets }
}

const EMPTY = Buffer.alloc(0)

/**
 * Reads the frames of a segment from `from`. A bad frame ends the reading: `torn` when nothing behind it was ever
 * acknowledged as durable past it (a crash in the middle of a write), `corrupt` when a later frame proves that the
 * damaged bytes had been on disk.
 */
export function scanFrames(segment: Buffer, from = 0): Scan {
  const frames: Frame[] = []
  let at = from
  while (at < segment.length) {
    const frame = frameAt(segment, at)
    if (!frame && isZero(segment, at)) return { frames, end: at }
    if (!frame) return { frames, end: at, stopped: durableBeyond(segment, at) ? 'corrupt' : 'torn' }
    frames.push(frame)
    at = frame.end
  }
  return { frames, end: at }
}

function frameAt(segment: Buffer, at: number): Frame | undefined {
  if (segment.length - at < FRAME_HEADER || segment.readUInt32LE(at) !== MAGIC) return undefined
  const length = segment.readUInt32LE(at + 4)
  const end = at + FRAME_HEADER + length
  if (length > MAX_FRAME || end > segment.length) return undefined
  if (crc32(segment.subarray(at + 12, end)) !== segment.readUInt32LE(at + 8)) return undefined
  const records: RecordSlice[] = []
  let cursor = at + FRAME_HEADER
  while (cursor < end) {
    if (end - cursor < 4) return undefined
    const size = segment.readUInt32LE(cursor)
    if (size > end - cursor - 4) return undefined
    records.push({ offset: cursor + 4, payload: segment.subarray(cursor + 4, cursor + 4 + size) })
    cursor += 4 + size
  }
  return { offset: at, end, durable: segment.readUInt32LE(at + 12) + segment.readUInt32LE(at + 16) * 0x1_0000_0000, records }
}

/** Whether nothing was ever written from `at` on: segments end in space prepared with zeros. */
function isZero(segment: Buffer, at: number): boolean {
  for (let i = at; i < segment.length; i++) if (segment[i] !== 0) return false
  return true
}

/** Whether any good frame after `bad` says that the bytes at `bad` had reached the disk. */
function durableBeyond(segment: Buffer, bad: number): boolean {
  const magic = Buffer.alloc(4)
  magic.writeUInt32LE(MAGIC)
  for (let at = segment.indexOf(magic, bad + 1); at !== -1; at = segment.indexOf(magic, at + 1)) {
    const frame = frameAt(segment, at)
    if (frame && frame.durable > bad) return true
  }
  return false
}
