import { BinaryReader } from '../binary/reader.ts'
import { demand } from '../result/rejection.ts'

/** A GPU's attestation report: an SPDM 1.1 request for measurements and the signed response (DMTF DSP0274, 10.11). */
export interface GpuReport {
  /** What the caller asked with, 32 bytes. */
  readonly nonce: Uint8Array
  /** How many measurement blocks there are, and their bytes. */
  readonly count: number
  readonly record: Uint8Array
  /** NVIDIA's own fields. */
  readonly opaque: Uint8Array
  readonly signed: Uint8Array
  /** r ‖ s, 48 bytes each. */
  readonly signature: Uint8Array
}

const SPDM_1_1 = 0x11
const GET_MEASUREMENTS = 0xe0
const MEASUREMENTS = 0x60
const DMTF = 1
const SIGNATURE_SIZE = 96

/** What the signed parts of a report say. */
export interface GpuContent {
  /** Digests by index. */
  readonly measurements: ReadonlyMap<number, Uint8Array>
  /** NVIDIA's fields by number. */
  readonly fields: ReadonlyMap<number, Uint8Array>
}

/** Reads the frame of request and response, nothing after them. MALFORMED; UNSUPPORTED for another version of SPDM. */
export function readGpuReport(bytes: Uint8Array): GpuReport {
  const r = new BinaryReader(bytes, 'GPU report')
  demand(r.big(1) === SPDM_1_1, 'UNSUPPORTED', 'GPU report: another version than SPDM 1.1.')
  demand(r.big(1) === GET_MEASUREMENTS, 'MALFORMED', 'GPU report: it does not begin with a request for measurements.')
  demand((r.big(1) & 1) === 1 && r.big(1) === 0xff, 'MALFORMED', 'GPU report: the request is not for all measurements, signed.')
  const nonce = r.take(32)
  r.take(1) // slot of the certificates
  demand(r.big(1) === SPDM_1_1 && r.big(1) === MEASUREMENTS, 'MALFORMED', 'GPU report: the response is not of measurements.')
  r.take(2)
  const count = r.big(1)
  const record = r.take(r.little(3))
  r.take(32) // nonce of the GPU
  const opaque = r.take(r.little(2))
  const signed = bytes.subarray(0, bytes.length - r.left)
  const signature = r.take(SIGNATURE_SIZE)
  r.end()
  return { nonce, count, record, opaque, signed, signature }
}

/** Reads what is inside the frame. MALFORMED. */
export function readGpuContent({ count, record, opaque }: GpuReport): GpuContent {
  return {
    measurements: readBlocks(new BinaryReader(record, 'GPU measurements'), count),
    fields: readFields(new BinaryReader(opaque, 'GPU fields')),
  }
}

/** `count` blocks in ascending order: index, DMTF's form, length, then kind, length and digest. */
function readBlocks(r: BinaryReader, count: number): Map<number, Uint8Array> {
  const blocks = new Map<number, Uint8Array>()
  let last = 0
  for (let i = 0; i < count; i++) {
    const index = r.big(1)
    demand(index > last && r.big(1) === DMTF, 'MALFORMED', 'GPU measurements: out of order, or in another form than DMTF’s.')
    last = index
    const block = new BinaryReader(r.take(r.little(2)), 'GPU measurement')
    block.take(1)
    const value = block.take(block.little(2))
    block.end()
    blocks.set(index, value)
  }
  r.end()
  return blocks
}

function readFields(r: BinaryReader): Map<number, Uint8Array> {
  const fields = new Map<number, Uint8Array>()
  while (r.left > 0) {
    const kind = r.little(2)
    demand(!fields.has(kind), 'MALFORMED', `GPU fields: number ${kind} twice.`)
    fields.set(kind, r.take(r.little(2)))
  }
  return fields
}
