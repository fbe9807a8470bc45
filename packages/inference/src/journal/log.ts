import { OgError } from '@opengradient/protocol'
import { isDiskFull } from '@opengradient/protocol/disk'
import { encodeFrame, MAX_FRAME, type RecordParts, recordLength } from './frame.ts'
import type { SegmentFile, SegmentIo } from './io.ts'

/** Where a record lies: segment number, offset and length of its payload. */
export interface Location {
  segment: number
  offset: number
  length: number
}

/** What appending promises: `written` survives the death of the process, `durable` also the loss of power. */
export type Durability = 'written' | 'durable'

/** How the log is set up. */
export interface LogOptions {
  io: SegmentIo
  /** Segment to append to, and how many of its bytes are good. */
  segment: number
  size: number
  /** A new segment begins once the current one holds this many bytes behind its snapshot, and no fewer than the snapshot has: it is written anew each time. */
  segmentBytes: number
  /** The state that all records so far add up to; every segment starts with it, so that older ones need not be read again. */
  snapshot: () => RecordParts
  /**
   * Called in the turn in which the log moves on from a segment, all of which is on disk; one after the other. It counts as sealed once what the next
   * one begins with is on disk, too: a power cut could keep the one and lose the other.
   */
  sealed: (segment: number, begun: Promise<void>) => void
}

/** What happens to an appended record before anybody hears of it. Both run in the same turn as the write. */
export interface Fate {
  /** It is written, here. */
  placed?: ((at: Location) => void) | undefined
  /** It could not be kept, and the disk holds nothing of it. */
  undo?: (() => void) | undefined
}

interface Waiting {
  record: RecordParts
  durability: Durability
  fate: Fate
  resolve: (at: Location) => void
  reject: (error: OgError) => void
}

const SCRATCH = 256 * 1024
const MAX_GROUP = 32 * 1024 * 1024

interface Tail {
  file: SegmentFile
  segment: number
  /** Bytes behind which it has room for `segmentBytes`: its snapshot; nothing, if an earlier start began it; or all it had when no next one could begin. */
  head: number
  written: number
  durable: number
  /** The sync of it that is under way, or the last one. */
  syncing?: Promise<void>
}

/**
 * An append-only log with group commit: everything appended during one turn of the event loop is one write; one
 * fdatasync at a time covers all writes before it. Chosen by measurement over classic-level (5 to 12 µs of CPU a record
 * against 40 to 100, durable p50 0.25 ms against 0.35).
 *
 * When the disk is full the group is refused (`DISK_FULL`), nothing half-written stays, and later appends may succeed.
 * When a sync fails nobody knows what is on disk: everything is refused (`JOURNAL_FAILED`) until a restart.
 */
export class GroupLog {
  readonly #options: LogOptions
  #tail: Tail
  /** Frames are laid out here and written before the next one is. */
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH)
  #pending: Waiting[] = []
  #scheduled = false
  #unsynced: ((error?: OgError) => void)[] = []
  #syncing: Promise<void> | undefined
  #failed: OgError | undefined

  constructor(options: LogOptions) {
    this.#options = options
    const { segment, size } = options
    this.#tail = { file: options.io.open(segment, size), segment, head: 0, written: size, durable: size }
  }

  /** Number of the segment being written. */
  get segment(): number {
    return this.#tail.segment
  }

  /** Why nothing can be appended any more, if so. */
  get failed(): OgError | undefined {
    return this.#failed
  }

  /** Appends one record (its parts are written one after the other); resolves when it is as durable as asked. */
  append(record: RecordParts, durability: Durability, fate: Fate = {}): Promise<Location> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ record, durability, fate, resolve, reject })
      if (this.#scheduled) return
      this.#scheduled = true
      setImmediate(() => this.#flush())
    })
  }

  /** Writes what waits, waits until all of it is on disk, closes the file. Later appends are refused. */
  async close(): Promise<void> {
    this.#flush()
    await this.#syncing
    if (!this.#failed) this.#tail.file.syncNow()
    this.#tail.file.close()
    this.#failed = new OgError('JOURNAL_FAILED', 'the journal is closed')
  }

  #flush(): void {
    this.#scheduled = false
    const waiting = this.#pending
    this.#pending = []
    const groups = framesOf(waiting)
    for (const [i, group] of groups.entries()) this.#flushGroup(group, i === groups.length - 1)
  }

  /** Only with the last of what waits a segment may begin: a snapshot counts all of it, and what cannot be kept is taken back by then. */
  #flushGroup(group: Waiting[], last: boolean): void {
    try {
      if (this.#failed) throw this.#failed
      const records = group.map((w) => w.record)
      const snapshot = last ? this.#beginning(records) : undefined
      this.#acknowledge(group, snapshot ? this.#writeToNewSegment(snapshot, records) : this.#write(records))
    } catch (cause) {
      const error = this.#failed ?? refusal(cause)
      for (const waiting of group) {
        waiting.fate.undo?.()
        waiting.reject(error)
      }
    }
  }

  /**
   * The snapshot that a new segment begins with, if one is due. Where it and these records are more than a frame holds, none is until the
   * current segment has twice its bytes.
   */
  #beginning(records: readonly RecordParts[]): RecordParts | undefined {
    const tail = this.#tail
    if (tail.written - tail.head < Math.max(this.#options.segmentBytes, tail.head)) return undefined
    const snapshot = this.#options.snapshot()
    if ([snapshot, ...records].reduce((sum, record) => sum + 4 + recordLength(record), 0) <= MAX_FRAME) return snapshot
    tail.head = tail.written
    return undefined
  }

  #write(records: RecordParts[]): Location[] {
    const tail = this.#tail
    if (records.some((record) => recordLength(record) > MAX_FRAME - 4)) {
      throw new OgError('HTTP_BODY_TOO_LARGE', `a journal entry of more than ${MAX_FRAME} bytes cannot be kept`)
    }
    const { bytes, offsets } = encodeFrame(records, tail.written, tail.durable, this.#scratch)
    try {
      tail.file.write(bytes, tail.written)
    } catch (error) {
      try {
        tail.file.truncate(tail.written)
      } catch (cause) {
        this.#failed = new OgError('JOURNAL_FAILED', 'a write to the journal failed and could not be taken back; restart the node', {
          cause,
        })
      }
      throw error
    }
    tail.written += bytes.length
    return records.map((record, i) => ({ segment: tail.segment, offset: offsets[i]!, length: recordLength(record) }))
  }

  /**
   * The first frame of a segment holds the snapshot and the group together: the snapshot already counts the group's
   * records, and a frame is there as a whole or not at all. Before it is written, the old segment is on disk.
   */
  #writeToNewSegment(snapshot: RecordParts, records: RecordParts[]): Location[] {
    const old = this.#tail
    this.#syncNow(old)
    const segment = old.segment + 1
    this.#tail = { file: this.#options.io.open(segment, 0), segment, head: recordLength(snapshot), written: 0, durable: 0 }
    let at: Location[]
    try {
      at = this.#write([snapshot, ...records])
    } catch (error) {
      this.#tail.file.close()
      this.#options.io.remove(segment)
      this.#tail = old
      throw error
    }
    const close = () => old.file.close()
    void Promise.resolve(old.syncing).then(close, close)
    const begun = new Promise<void>((resolve, reject) => this.#unsynced.push((error) => (error ? reject(error) : resolve())))
    this.#options.sealed(old.segment, begun)
    return at.slice(1)
  }

  #syncNow(tail: Tail): void {
    try {
      tail.file.syncNow()
    } catch (cause) {
      throw this.#fail(cause)
    }
    tail.durable = tail.written
    const waiting = this.#unsynced
    this.#unsynced = []
    for (const settle of waiting) settle()
  }

  #acknowledge(group: Waiting[], at: Location[]): void {
    group.forEach((waiting, i) => {
      waiting.fate.placed?.(at[i]!)
      if (waiting.durability === 'written') waiting.resolve(at[i]!)
      else this.#unsynced.push((error) => (error ? waiting.reject(error) : waiting.resolve(at[i]!)))
    })
    if (this.#unsynced.length > 0) this.#syncing ??= this.#syncLoop()
  }

  async #syncLoop(): Promise<void> {
    while (this.#unsynced.length > 0 && !this.#failed) {
      const tail = this.#tail
      const end = tail.written
      const covered = this.#unsynced
      this.#unsynced = []
      try {
        tail.syncing = tail.file.sync()
        await tail.syncing
        tail.durable = Math.max(tail.durable, end)
        for (const settle of covered) settle()
      } catch (cause) {
        const error = this.#fail(cause)
        for (const settle of covered) settle(error)
      }
    }
    this.#syncing = undefined
  }

  #fail(cause: unknown): OgError {
    this.#failed = new OgError('JOURNAL_FAILED', 'the disk failed while the journal was being written; restart the node', { cause })
    const waiting = this.#unsynced
    this.#unsynced = []
    for (const settle of waiting) settle(this.#failed)
    return this.#failed
  }
}

/** Splits what waits into frames of at most 32 MiB (a single larger record has one to itself). */
function framesOf(waiting: Waiting[]): Waiting[][] {
  const groups: Waiting[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const w of waiting) {
    const length = recordLength(w.record)
    if (size + length > MAX_GROUP) {
      groups.push([])
      size = 0
    }
    groups.at(-1)!.push(w)
    size += length
  }
  return groups
}

function refusal(cause: unknown): OgError {
  if (cause instanceof OgError) return cause
  if (isDiskFull(cause) || (cause as NodeJS.ErrnoException).code === 'EFBIG') {
    return new OgError('DISK_FULL', 'the disk that holds the journal is full; free some space, nothing was lost', { cause })
  }
  return new OgError('JOURNAL_FAILED', `the journal could not be written: ${(cause as Error).message}`, { cause })
}
