import { OgError } from '@opengradient/protocol'
import type { Archive } from './archive.ts'
import { foreign } from './archive.ts'
import type { JournalIdentity } from './entry.ts'
import { type Frame, type Scan, scanFrames } from './frame.ts'
import type { SegmentIo } from './io.ts'
import { decodeRecord, toJson } from './record.ts'
import { JournalState } from './state.ts'

/** Where a recovered journal goes on. */
export interface Recovered {
  state: JournalState
  /** The segment to append to and its good bytes; segment 1 with none of a new journal. */
  segment: number
  size: number
}

/**
 * Rebuilds the state from the segments that are not in the index yet. Bytes of a write that a crash cut short are dropped:
 * nobody was told that they were kept. Damage to anything that was acknowledged is refused, because a journal with a
 * hole in it could let the node sign twice.
 *
 * @throws OgError `JOURNAL_CORRUPT`, `JOURNAL_FOREIGN`
 */
export function recover(io: SegmentIo, archive: Archive, identity: JournalIdentity): Recovered {
  const state = new JournalState(identity, (payer) => archive.standing(payer))
  const sealed = archive.sealed
  const open = io.list().filter((segment) => segment > sealed)
  if (open.length === 0) {
    if (archive.begun || sealed > 0 || io.list().length > 0) throw corrupt(`segment ${sealed + 1} is missing`)
    return { state, segment: 1, size: 0 }
  }
  let size = 0
  let segment = sealed
  for (const [i, number] of open.entries()) {
    if (number !== sealed + i + 1) throw corrupt(`segment ${sealed + i + 1} is missing`)
    const last = i === open.length - 1
    const scan = scanFrames(io.read(number))
    if (scan.stopped === 'corrupt' || (scan.stopped && !last)) throw corrupt(`segment ${number} is damaged at byte ${scan.end}`)
    if (scan.frames.length === 0 && last) {
      if (i === 0 && (archive.begun || number > 1)) throw corrupt(`segment ${number} is empty`)
      if (i > 0) io.remove(number)
      return i > 0 ? { state, segment, size } : { state, segment: number, size: 0 }
    }
    replay(state, number, scan, identity)
    segment = number
    size = scan.end
  }
  return { state, segment, size }
}

function replay(state: JournalState, segment: number, scan: Scan, identity: JournalIdentity): void {
  checkHead(scan.frames[0]!, segment, identity)
  for (const frame of scan.frames) {
    for (const { offset, payload } of frame.records) {
      state.apply(decodeRecord(payload), segment, { segment, offset, length: payload.length })
    }
  }
}

function checkHead(frame: Frame, segment: number, identity: JournalIdentity): void {
  const head = frame.records[0] && decodeRecord(frame.records[0].payload)
  if (head?.type !== 'snapshot') throw corrupt(`segment ${segment} does not begin with a snapshot`)
  if (toJson(head.snapshot.identity) !== toJson(identity)) throw foreign(head.snapshot.identity, identity)
}

function corrupt(what: string): OgError {
  return new OgError(
    'JOURNAL_CORRUPT',
    `the journal is damaged: ${what}; restore its folder from a copy, or begin a new one: for an hour the node then takes no payment that the lost one may have taken`,
  )
}
