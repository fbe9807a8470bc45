import * as fs from 'node:fs'
import { join } from 'node:path'

/** The disk as the journal sees it: numbered segment files in one folder. Passed in, so that tests can make a disk full. */
export interface SegmentIo {
  /** Numbers of the segments that exist, ascending. */
  list(): number[]
  read(segment: number): Buffer
  readRange(segment: number, offset: number, length: number): Buffer
  /** Opens for appending; `size` bytes are kept, the rest is cut off. The folder entry is durable when this returns. */
  open(segment: number, size: number): SegmentFile
  remove(segment: number): void
  /** Bytes that this program may still write on the folder's disk. */
  freeBytes(): number
}

/** An open segment. `write` reaches the operating system (survives kill -9); `sync` reaches the disk (survives power loss). */
export interface SegmentFile {
  write(bytes: Uint8Array, position: number): void
  truncate(size: number): void
  sync(): Promise<void>
  syncNow(): void
  close(): void
}

const ALLOCATION = 256 * 1024

const NAME = /^(\d{8})\.log$/

/**
 * Segments as files `00000001.log` … in `dir`, which is created if need be.
 * @param allocation bytes that are prepared at a time
 */
export function nodeSegments(dir: string, allocation: number = ALLOCATION): SegmentIo {
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = (segment: number) => join(dir, `${String(segment).padStart(8, '0')}.log`)
  return {
    list: () =>
      fs
        .readdirSync(dir)
        .flatMap((name) => NAME.exec(name)?.[1] ?? [])
        .map(Number)
        .sort((a, b) => a - b),
    read: (segment) => fs.readFileSync(path(segment)),
    readRange: (segment, offset, length) => {
      const fd = fs.openSync(path(segment), 'r')
      try {
        const bytes = Buffer.alloc(length)
        let done = 0
        while (done < length) {
          const n = fs.readSync(fd, bytes, done, length - done, offset + done)
          if (n === 0) throw new Error(`segment ${segment} ends at ${offset + done}, ${length - done} bytes short`)
          done += n
        }
        return bytes
      } finally {
        fs.closeSync(fd)
      }
    },
    open: (segment, size) => {
      const fd = fs.openSync(path(segment), fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600)
      fs.ftruncateSync(fd, size)
      fs.fsyncSync(fd)
      syncFolder(dir)
      return fileOf(fd, size, allocation)
    },
    remove: (segment) => fs.rmSync(path(segment), { force: true }),
    freeBytes: () => {
      const disk = fs.statfsSync(dir)
      return disk.bavail * disk.bsize
    },
  }
}

/**
 * A file with zeros behind what is written, so that most writes and syncs are of data only and wait for no metadata of the file system: a write
 * takes two thirds of the time, the slowest of a hundred syncs half of it. Closing cuts the rest off.
 */
function fileOf(fd: number, size: number, allocation: number): SegmentFile {
  let end = size
  let allocated = size
  const fill = () => {
    const upTo = (Math.floor(end / allocation) + 1) * allocation
    try {
      writeAll(fd, Buffer.alloc(upTo - end), end)
      allocated = upTo
    } catch {
      // No room to prepare: what was there is enough, or the next write says so.
      fs.ftruncateSync(fd, end)
      allocated = end
    }
  }
  return {
    write: (bytes, position) => {
      writeAll(fd, bytes, position)
      end = position + bytes.length
      if (end > allocated) fill()
    },
    truncate: (to) => {
      fs.ftruncateSync(fd, to)
      end = to
      allocated = to
    },
    sync: () => new Promise((resolve, reject) => fs.fdatasync(fd, (error) => (error ? reject(error) : resolve()))),
    syncNow: () => fs.fdatasyncSync(fd),
    close: () => {
      if (allocated > end) fs.ftruncateSync(fd, end)
      fs.closeSync(fd)
    },
  }
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0
  while (done < bytes.length) done += fs.writeSync(fd, bytes, done, bytes.length - done, position + done)
}

function syncFolder(dir: string): void {
  const fd = fs.openSync(dir, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}
