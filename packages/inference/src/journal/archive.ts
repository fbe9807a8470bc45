import { type Address, type Hex, hexToBytes, OgError } from '@opengradient/protocol'
import { ClassicLevel } from 'classic-level'
import { freeEntry, freeText } from './archivedFree.ts'
import type { Entry, JournalIdentity, StoredBatch } from './entry.ts'
import type { Location } from './log.ts'
import { fromJson, toJson } from './record.ts'
import { readStanding, type Standing } from './standing.ts'
import { unopened } from './unopened.ts'

/** A request as the index keeps it: all but the answer's bytes, receipt and signature, which lie in the log at `at`. */
export type ArchivedEntry = Omit<Entry, 'answer' | 'segment'> & { at?: Location }

/** What sealing a segment moves from memory into the index. */
export interface Seal {
  /** Segments up to here need not be read at the next start. */
  segment: number
  entries: readonly Entry[]
  standings: Iterable<readonly [Address, Standing]>
  batches: readonly StoredBatch[]
}

type Put = { type: 'put'; key: Uint8Array; value: string } | { type: 'del'; key: Uint8Array }

/**
 * The index over sealed segments (classic-level): finds a closed request by id or payment, a payer's standing, a committed
 * batch. It also keeps two processes from opening one journal, and a journal from being opened for another node.
 */
export class Archive {
  readonly #db: ClassicLevel<Uint8Array, string>

  private constructor(db: ClassicLevel<Uint8Array, string>) {
    this.#db = db
  }

  /** @throws OgError `JOURNAL_LOCKED`, `JOURNAL_FAILED`, `JOURNAL_FOREIGN`, `JOURNAL_VERSION`, `JOURNAL_CORRUPT` */
  static async open(dir: string, identity: JournalIdentity): Promise<Archive> {
    const db = new ClassicLevel<Uint8Array, string>(dir, { keyEncoding: 'view', valueEncoding: 'utf8' })
    try {
      await db.open()
    } catch (cause) {
      throw unopened(cause, dir)
    }
    const known = db.getSync(META) ?? toJson(identity)
    // Those that were written before there was a number are of the first format.
    const format = db.getSync(FORMAT) ?? JOURNAL_FORMAT
    const refusal =
      known !== toJson(identity)
        ? foreign(fromJson(known) as JournalIdentity, identity)
        : format !== JOURNAL_FORMAT
          ? otherVersion(dir, format)
          : undefined
    if (refusal) {
      await db.close()
      throw refusal
    }
    if (db.getSync(FORMAT) === undefined) {
      const stamps: Put[] = [
        { type: 'put', key: META, value: known },
        { type: 'put', key: FORMAT, value: format },
      ]
      await db.batch(stamps, { sync: true })
    }
    return new Archive(db)
  }

  /** Whether the log holds something: without a segment it is lost then, not new. */
  get begun(): boolean {
    return this.#db.getSync(BEGUN) !== undefined
  }

  /** The first record is on disk. */
  async begin(): Promise<void> {
    if (!this.begun) await this.#db.put(BEGUN, 'begun', { sync: true })
  }

  /** Last segment that is wholly in the index; 0 if none. */
  get sealed(): number {
    return Number(this.#db.getSync(SEALED) ?? 0)
  }

  entry(requestId: Hex): ArchivedEntry | undefined {
    const value = this.#db.getSync(key('r', requestId))
    return value === undefined ? undefined : (freeEntry(requestId, value) ?? (fromJson(value) as ArchivedEntry))
  }

  /** The request that a closed payment was for. */
  payment(paymentId: Hex): Hex | undefined {
    return this.#get(key('p', paymentId)) as Hex | undefined
  }

  standing(payer: Address): Standing {
    return readStanding(this.#get(key('u', payer)) as Parameters<typeof readStanding>[0])
  }

  batch(sequence: bigint): StoredBatch | undefined {
    return this.#get(batchKey(sequence)) as StoredBatch | undefined
  }

  /** Writes in small steps, for a busy node has tens of thousands of entries to move; the segment counts as sealed with the last one. */
  async seal(seal: Seal): Promise<void> {
    const keepUntil = new Map<number, number>()
    for (let i = 0; i < seal.entries.length; i += STEP) {
      const step = seal.entries.slice(i, i + STEP)
      await this.#db.batch([...step.flatMap(putsOf), ...listsOf(step)])
      for (const entry of step) {
        const until = Math.max(entry.anchoredAt ?? 0, Number(entry.reservation?.validBefore ?? 0n))
        keepUntil.set(entry.segment, Math.max(keepUntil.get(entry.segment) ?? 0, until))
      }
    }
    const puts: Put[] = [{ type: 'put', key: SEALED, value: String(seal.segment) }]
    for (const [segment, until] of keepUntil) {
      const before = Number(this.#db.getSync(segmentKey(segment)) ?? 0)
      puts.push({ type: 'put', key: segmentKey(segment), value: String(Math.max(before, until)) })
    }
    for (const [payer, standing] of seal.standings) puts.push(put(key('u', payer), standing))
    for (const batch of seal.batches) puts.push(put(batchKey(batch.batch.sequence), batch))
    await this.#db.batch(puts, { sync: true })
  }

  /** When the last entry of a sealed segment was anchored or its payment expired, whichever is later; 0 if it holds none. Unix seconds. */
  lastNeeded(segment: number): number {
    return Number(this.#db.getSync(segmentKey(segment)) ?? 0)
  }

  /** Forgets every entry that lies in a segment. */
  async prune(segment: number): Promise<void> {
    const dels: Put[] = [{ type: 'del', key: segmentKey(segment) }]
    const [gt, lt] = [segmentKey(segment), segmentKey(segment + 1)]
    for await (const [at, value] of this.#db.iterator({ gt, lt })) {
      dels.push({ type: 'del', key: at })
      for (const [requestId, paymentId] of fromJson(value) as Listed[]) {
        dels.push({ type: 'del', key: key('r', requestId) })
        if (paymentId) dels.push({ type: 'del', key: key('p', paymentId) })
      }
    }
    await this.#db.batch(dels)
  }

  /** Forgets batches that were committed before `time` (unix seconds), oldest first. */
  async pruneBatches(time: number): Promise<void> {
    const dels: Put[] = []
    for await (const [at, value] of this.#db.iterator({ gte: Buffer.from('b'), lt: Buffer.from('c') })) {
      if (((fromJson(value) as StoredBatch).commit?.at ?? Number.POSITIVE_INFINITY) >= time) break
      dels.push({ type: 'del', key: at })
    }
    await this.#db.batch(dels)
  }

  async close(): Promise<void> {
    await this.#db.close()
  }

  #get(at: Uint8Array): unknown {
    const value = this.#db.getSync(at)
    return value === undefined ? undefined : fromJson(value)
  }
}

/** Entries that are written at a time: a millisecond or two. */
const STEP = 100

const META = Buffer.from('meta')
const FORMAT = Buffer.from('format')
/** Of log and index. Raised when other software than that which wrote a journal could misread it. */
const JOURNAL_FORMAT = '1'
const BEGUN = Buffer.from('log')
const SEALED = Buffer.from('sealed')

function otherVersion(dir: string, found: string): OgError {
  return new OgError(
    'JOURNAL_VERSION',
    `the journal in ${dir} has format ${found}; this software reads format ${JOURNAL_FORMAT}. It is whole: start the node with the version that wrote it, or a newer one`,
    { details: { found, expected: JOURNAL_FORMAT } },
  )
}

/** That a journal belongs to somebody else. */
export function foreign(found: JournalIdentity, wanted: JournalIdentity): OgError {
  return new OgError(
    'JOURNAL_FOREIGN',
    `this journal belongs to node ${found.node} on chain ${found.chainId}, not to ${wanted.node} on ${wanted.chainId}`,
    {
      details: { found, wanted },
    },
  )
}

function key(kind: 'r' | 'p' | 'u', id: Hex): Uint8Array {
  const of = hexToBytes(id)
  const bytes = Buffer.allocUnsafe(1 + of.length)
  bytes.write(kind, 'latin1')
  bytes.set(of, 1)
  return bytes
}

function batchKey(sequence: bigint): Uint8Array {
  const bytes = Buffer.alloc(9, 'b')
  bytes.writeBigUInt64BE(sequence, 1)
  return bytes
}

/** `g` · segment u32 · first request id of a list: what lies in a segment. */
function segmentKey(segment: number, requestId?: Hex): Uint8Array {
  const bytes = Buffer.alloc(5, 'g')
  bytes.writeUInt32BE(segment, 1)
  return requestId ? Buffer.concat([bytes, hexToBytes(requestId)]) : bytes
}

function put(at: Uint8Array, value: unknown): Put {
  return { type: 'put', key: at, value: toJson(value) }
}

/** What finds an entry by its id and its payment. */
function putsOf(entry: Entry): Put[] {
  const paymentId = paymentOf(entry)
  const byId: Put = { type: 'put', key: key('r', entry.requestId), value: freeText(entry) ?? toJson(archived(entry)) }
  return paymentId ? [byId, put(key('p', paymentId), entry.requestId)] : [byId]
}

/** An entry in the list of its segment: its request, and its payment if it has one. */
type Listed = [requestId: Hex, paymentId?: Hex]

/** What finds entries with their segment: a list for each segment. */
function listsOf(entries: readonly Entry[]): Put[] {
  const lists = new Map<number, Listed[]>()
  for (const entry of entries) {
    const paymentId = paymentOf(entry)
    const listed: Listed = paymentId ? [entry.requestId, paymentId] : [entry.requestId]
    const list = lists.get(entry.segment)
    if (list) list.push(listed)
    else lists.set(entry.segment, [listed])
  }
  return [...lists].map(([segment, list]) => ({ type: 'put', key: segmentKey(segment, list[0]![0]), value: JSON.stringify(list) }))
}

function paymentOf(entry: Entry): Hex | undefined {
  return entry.reservation?.paymentId
}

/** What the index keeps of an entry. */
export function archived({ answer, segment: _, ...entry }: Entry): ArchivedEntry {
  const kept: ArchivedEntry = entry
  if (answer?.at) kept.at = answer.at
  return kept
}
