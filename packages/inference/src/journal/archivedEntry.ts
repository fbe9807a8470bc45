import type { Hex } from '@opengradient/protocol'
import type { ArchivedEntry } from './archive.ts'
import { type CommittedBatch, type Entry, type Reservation, STATES } from './entry.ts'
import { Packer, Unpacker } from './packed.ts'

/** First byte of what is laid out here. What format 1 of the index has in its place is text. */
const PACKED = 2

/** What of an entry is there: a bit each. */
const HAS = { reservation: 1, at: 2, sequence: 4, anchoredAt: 8, settlement: 16, proveUntil: 32, reason: 64, settleFirst: 128 } as const

const packer = new Packer()

/** Whether these bytes are of this form. */
export function isPacked(value: Uint8Array): boolean {
  return value[0] === PACKED
}

/** What the index keeps of a closed entry, but for its id. */
export function packEntry(entry: Entry): Uint8Array {
  const { state, requestHash, reservation, answer, sequence, anchoredAt, settlement, proveUntil, reason } = entry
  const at = answer?.at
  const parts =
    (reservation ? HAS.reservation : 0) |
    (at ? HAS.at : 0) |
    (sequence === undefined ? 0 : HAS.sequence) |
    (anchoredAt === undefined ? 0 : HAS.anchoredAt) |
    (settlement ? HAS.settlement : 0) |
    (proveUntil === undefined ? 0 : HAS.proveUntil) |
    (reason === undefined ? 0 : HAS.reason) |
    (reservation?.settleFirst ? HAS.settleFirst : 0)
  packer.byte(PACKED).byte(STATES.indexOf(state)).byte(parts).word(requestHash)
  if (reservation) packReservation(reservation)
  if (at) packer.number(at.segment).number(at.offset).number(at.length)
  if (sequence !== undefined) packer.integer(sequence)
  if (anchoredAt !== undefined) packer.number(anchoredAt)
  if (settlement) packer.word(settlement.tx).number(settlement.block)
  if (proveUntil !== undefined) packer.number(proveUntil)
  if (reason !== undefined) packer.text(reason)
  return packer.bytes()
}

/** What `packEntry` laid out. */
export function unpackEntry(requestId: Hex, value: Uint8Array): ArchivedEntry {
  const from = new Unpacker(value)
  from.byte()
  const state = STATES[from.byte()]!
  const parts = from.byte()
  const has = (part: keyof typeof HAS) => (parts & HAS[part]) !== 0
  const requestHash = from.word()
  const entry: ArchivedEntry = { requestId, requestHash, state }
  if (has('reservation')) entry.reservation = { requestId, requestHash, ...unpackReservation(from) }
  if (has('settleFirst')) entry.reservation!.settleFirst = true
  if (has('at')) entry.at = { segment: from.number(), offset: from.number(), length: from.number() }
  if (has('sequence')) entry.sequence = from.integer()
  if (has('anchoredAt')) entry.anchoredAt = from.number()
  if (has('settlement')) entry.settlement = { tx: from.word(), block: from.number() }
  if (has('proveUntil')) entry.proveUntil = from.number()
  if (has('reason')) entry.reason = from.text()
  return entry
}

function packReservation({ modelId, paymentId, payer, value, nonce, validAfter, validBefore, signature }: Reservation): void {
  packer.word(modelId).word(paymentId).hex(payer).integer(value).word(nonce).integer(validAfter).integer(validBefore).hex(signature)
}

function unpackReservation(from: Unpacker): Omit<Reservation, 'requestId' | 'requestHash'> {
  return {
    modelId: from.word(),
    paymentId: from.word(),
    payer: from.hex(),
    value: from.integer(),
    nonce: from.word(),
    validAfter: from.integer(),
    validBefore: from.integer(),
    signature: from.hex(),
  }
}

/** A batch that is committed. */
export function packBatch({ batch, requestIds, receiptHashes, commit }: CommittedBatch): Uint8Array {
  const { node, root, count, total, sequence } = batch
  packer.byte(PACKED).number(commit.at).hex(commit.signature).word(commit.tx).number(commit.block)
  return packer.hex(node).word(root).number(count).integer(total).integer(sequence).words(requestIds).words(receiptHashes).bytes()
}

/** What `packBatch` laid out. */
export function unpackBatch(value: Uint8Array): CommittedBatch {
  const from = new Unpacker(value)
  from.byte()
  const at = from.number()
  const commit = { signature: from.hex(), tx: from.word(), block: from.number(), at }
  const batch = { node: from.hex(), root: from.word(), count: from.number(), total: from.integer(), sequence: from.integer() }
  return { batch, requestIds: from.words(), receiptHashes: from.words(), commit }
}

/** When a batch that `packBatch` laid out was committed, unix seconds. */
export function packedBatchTime(value: Uint8Array): number {
  const from = new Unpacker(value)
  from.byte()
  return from.number()
}
