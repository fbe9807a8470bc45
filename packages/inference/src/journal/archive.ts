import { type Address, bytesToHex, type Hex, hexToBytes, OgError } from '@opengradient/protocol'
import { ClassicLevel } from 'classic-level'
import { isPacked, packBatch, packEntry, packedBatchTime, unpackBatch, unpackEntry } from './archivedEntry.ts'
import type { CommittedBatch, Entry, JournalIdentity } from './entry.ts'
import { oldBatch, oldEntry, oldList, oldPayment } from './format1.ts'
import { IdFilter } from './idFilter.ts'
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
  batches: readonly CommittedBatch[]
}

/**
 * The index over sealed segments (classic-level): finds a closed request by id or payment, a payer's standing, a committed
 * batch. It also keeps two processes from opening one journal, and a journal from being opened for another node.
 */
export class Archive {
  readonly #db: Db
  /** Of what was written last. */
  #format: string
  /** Of the requests and payments that are in the index. */
  readonly #ids = new IdFilter()
  #hasAllIds = false
  /** Resolves when all ids are read: what is not in the index is told from memory from then on. Until then everything is looked up. */
  readonly idsRead: Promise<void>

  private constructor(db: Db, format: string) {
    this.#db = db
    this.#format = format
    this.idsRead = this.#readIds()
  }

  /** @throws OgError `JOURNAL_LOCKED`, `JOURNAL_FAILED`, `JOURNAL_FOREIGN`, `JOURNAL_VERSION`, `JOURNAL_CORRUPT` */
  static async open(dir: string, identity: JournalIdentity): Promise<Archive> {
    const db: Db = new ClassicLevel(dir, OPTIONS)
    try {
      await db.open()
    } catch (cause) {
      throw unopened(cause, dir)
    }
    const meta = textAt(db, META)
    const known = meta ?? toJson(identity)
    // Those that were written before there was a number are of the first format.
    const format = textAt(db, FORMAT) ?? (meta === undefined ? JOURNAL_FORMAT : FORMAT_1)
    const refusal =
      known !== toJson(identity)
        ? foreign(fromJson(known) as JournalIdentity, identity)
        : format !== JOURNAL_FORMAT && format !== FORMAT_1
          ? otherVersion(dir, format)
          : undefined
    if (refusal) {
      await db.close()
      throw refusal
    }
    if (db.getSync(FORMAT) === undefined) await db.batch().put(META, bytesOf(known)).put(FORMAT, bytesOf(format)).write({ sync: true })
    return new Archive(db, format)
  }

  /** Whether the log holds something: without a segment it is lost then, not new. */
  get begun(): boolean {
    return this.#db.getSync(BEGUN) !== undefined
  }

  /** The first record is on disk. */
  async begin(): Promise<void> {
    if (!this.begun) await this.#db.put(BEGUN, bytesOf('begun'), { sync: true })
  }

  /** Last segment that is wholly in the index; 0 if none. */
  get sealed(): number {
    return this.#number(SEALED)
  }

  entry(requestId: Hex): ArchivedEntry | undefined {
    const value = this.#closed('r', requestId)
    if (value === undefined) return undefined
    return isPacked(value) ? unpackEntry(requestId, value) : oldEntry(requestId, value)
  }

  /** The request that a closed payment was for. */
  payment(paymentId: Hex): Hex | undefined {
    const value = this.#closed('p', paymentId)
    if (value === undefined) return undefined
    return value.length === ID_BYTES ? bytesToHex(value) : oldPayment(value)
  }

  standing(payer: Address): Standing {
    const text = textAt(this.#db, key('u', payer))
    return readStanding(text === undefined ? undefined : (fromJson(text) as Parameters<typeof readStanding>[0]))
  }

  batch(sequence: bigint): CommittedBatch | undefined {
    const value = this.#db.getSync(batchKey(sequence))
    return value === undefined ? undefined : batchOf(value)
  }

  /** Writes in small steps, for a busy node has tens of thousands of entries to move; the segment counts as sealed with the last one. */
  async seal(seal: Seal): Promise<void> {
    await this.#raiseFormat()
    const keepUntil = new Map<number, number>()
    for (let i = 0; i < seal.entries.length; i += STEP) {
      const step = seal.entries.slice(i, i + STEP)
      await this.#write(step)
      for (const entry of step) {
        const until = Math.max(entry.anchoredAt ?? 0, Number(entry.reservation?.validBefore ?? 0n))
        keepUntil.set(entry.segment, Math.max(keepUntil.get(entry.segment) ?? 0, until))
      }
    }
    for (const batch of seal.batches) await this.#db.put(batchKey(batch.batch.sequence), packBatch(batch))
    await this.#flush()
    const last = this.#db.batch().put(SEALED, bytesOf(String(seal.segment)))
    for (const [segment, until] of keepUntil) last.put(segmentKey(segment), bytesOf(String(Math.max(this.lastNeeded(segment), until))))
    for (const [payer, standing] of seal.standings) last.put(key('u', payer), bytesOf(toJson(standing)))
    await last.write({ sync: true })
  }

  /** When the last entry of a sealed segment was anchored or its payment expired, whichever is later; 0 if it holds none. Unix seconds. */
  lastNeeded(segment: number): number {
    return this.#number(segmentKey(segment))
  }

  /** Forgets every entry that lies in a segment, in small steps, too. */
  async prune(segment: number): Promise<void> {
    const [gt, lt] = [segmentKey(segment), segmentKey(segment + 1)]
    for await (const [at, value] of this.#db.iterator({ gt, lt })) {
      const step = this.#db.batch().del(at)
      for (const one of listedIn(value)) step.del(one)
      await step.write()
    }
    await this.#db.del(segmentKey(segment))
  }

  /** Forgets batches that were committed before `time` (unix seconds), oldest first. */
  async pruneBatches(time: number): Promise<void> {
    const old = this.#db.batch()
    for await (const [at, value] of this.#db.iterator({ gte: Buffer.from('b'), lt: Buffer.from('c') })) {
      if (committedAt(value) >= time) break
      old.del(at)
    }
    await old.write()
  }

  async close(): Promise<void> {
    await this.#db.close()
  }

  /** A closed request or payment. Nearly every request is new, and to look that up in large tables takes longer than all else that is done for it here. */
  #closed(kind: 'r' | 'p', id: Hex): Uint8Array | undefined {
    return this.#hasAllIds && !this.#ids.mayHave(id) ? undefined : this.#db.getSync(key(kind, id))
  }

  /** A second for a million. What is written meanwhile is added as it is. */
  async #readIds(): Promise<void> {
    try {
      for await (const one of this.#db.keys({ gte: Buffer.from('p'), lt: Buffer.from('s') })) this.#ids.add(idIn(one))
      this.#hasAllIds = true
    } catch {
      // Closed meanwhile, or what cannot be read: whoever looks something up hears of it.
    }
  }

  /** What finds entries by their ids and payments, and with their segment: a list of these keys for each segment. */
  async #write(entries: readonly Entry[]): Promise<void> {
    const batch = this.#db.batch()
    const lists = new Map<number, { at: Uint8Array; keys: Uint8Array[] }>()
    for (const entry of entries) {
      const { requestId, reservation, segment } = entry
      let list = lists.get(segment)
      if (!list) {
        list = { at: segmentKey(segment, requestId), keys: [] }
        lists.set(segment, list)
      }
      const byId = key('r', requestId)
      this.#ids.add(requestId)
      batch.put(byId, packEntry(entry))
      list.keys.push(byId)
      if (!reservation) continue
      const byPayment = key('p', reservation.paymentId)
      this.#ids.add(reservation.paymentId)
      batch.put(byPayment, byId.subarray(1))
      list.keys.push(byPayment)
    }
    for (const { at, keys } of lists.values()) batch.put(at, Buffer.concat(keys))
    await batch.write()
  }

  /**
   * Everything written so far is on disk when this resolves. A write with `sync` says so only of the log that LevelDB writes to now, not of one
   * that it has just left (`MakeRoomForWrite` in its `db_impl.cc`): a power cut could keep that a segment is sealed, and lose its entries. To
   * compact a range without keys is to write out what is in memory.
   */
  #flush(): Promise<void> {
    return this.#db.compactRange(BEYOND, BEYOND)
  }

  /** Before the first thing is written that other software could misread. */
  async #raiseFormat(): Promise<void> {
    if (this.#format === JOURNAL_FORMAT) return
    await this.#db.put(FORMAT, bytesOf(JOURNAL_FORMAT), { sync: true })
    this.#format = JOURNAL_FORMAT
  }

  #number(at: Uint8Array): number {
    return Number(textAt(this.#db, at) ?? 0)
  }
}

type Db = ClassicLevel<Uint8Array, Uint8Array>

/**
 * Nearly all of it is random bytes, of which compression makes no fewer; and as the keys are, too, each file that is written is merged with most of
 * those before it: fewer and larger ones cost less (measured: half of the CPU of an entry).
 */
const OPTIONS = { keyEncoding: 'view', valueEncoding: 'view', compression: false, writeBufferSize: 8 * 1024 * 1024 } as const

/** Entries that are written at a time: about a millisecond. */
const STEP = 250
/** Of requests and payments. */
const ID_BYTES = 32
/** First byte of a request's key. */
const REQUEST = 'r'.charCodeAt(0)

const META = Buffer.from('meta')
const FORMAT = Buffer.from('format')
/** Of log and index. Raised when other software than that which wrote a journal could misread it. */
const JOURNAL_FORMAT = '2'
/** Of journals in which the index is text; read as they are, and of the newer format once something is added. */
const FORMAT_1 = '1'
const BEGUN = Buffer.from('log')
const SEALED = Buffer.from('sealed')
/** Behind all keys. */
const BEYOND = Uint8Array.of(0xff)

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
  bytes[0] = kind.charCodeAt(0)
  bytes.set(of, 1)
  return bytes
}

/** The id in the key of a request or payment. */
const idIn = (at: Uint8Array): Hex => bytesToHex(at.subarray(1))

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

/** The keys in a list. */
function listedIn(value: Uint8Array): Uint8Array[] {
  if (value[0] !== REQUEST)
    return oldList(value).flatMap(([id, paymentId]) => (paymentId ? [key('r', id), key('p', paymentId)] : [key('r', id)]))
  const keys: Uint8Array[] = []
  for (let at = 0; at < value.length; at += 1 + ID_BYTES) keys.push(value.subarray(at, at + 1 + ID_BYTES))
  return keys
}

/** When a batch was committed. */
function committedAt(value: Uint8Array): number {
  return isPacked(value) ? packedBatchTime(value) : oldBatch(value).commit.at
}

function batchOf(value: Uint8Array): CommittedBatch {
  return isPacked(value) ? unpackBatch(value) : oldBatch(value)
}

function textAt(db: Db, at: Uint8Array): string | undefined {
  const value = db.getSync(at)
  return value === undefined ? undefined : Buffer.from(value.buffer, value.byteOffset, value.length).toString()
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text)
}

/** What the index keeps of an entry. */
export function archived({ answer, segment: _, ...entry }: Entry): ArchivedEntry {
  const kept: ArchivedEntry = entry
  if (answer?.at) kept.at = answer.at
  return kept
}
