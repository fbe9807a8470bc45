// The child's half of the frames described in ../wire.ts: reads requests, writes answers. Plain JavaScript, since Node 20 runs it from source and from dist alike.
import { readSync, writevSync } from 'node:fs'

export const LOAD = 1
export const RUN = 2
export const PROVE = 3
export const READY = 16
export const LOADED = 17
const RESULT = 18
export const FAILED = 19
const PROVEN = 20

const HEADER = 16
const CHUNK = 1 << 16

/** One datatype of ../tensor.ts, in the order of its DATATYPES: the runtime's name for it and the view that reads its elements. */
export const TYPES = /** @type {const} */ ([
  { ort: 'bool', view: Uint8Array },
  { ort: 'uint8', view: Uint8Array },
  { ort: 'uint16', view: Uint16Array },
  { ort: 'uint32', view: Uint32Array },
  { ort: 'uint64', view: BigUint64Array },
  { ort: 'int8', view: Int8Array },
  { ort: 'int16', view: Int16Array },
  { ort: 'int32', view: Int32Array },
  { ort: 'int64', view: BigInt64Array },
  { ort: 'float16', view: Uint16Array },
  { ort: 'float32', view: Float32Array },
  { ort: 'float64', view: Float64Array },
  { ort: 'string', view: undefined },
])
const CODE_OF = new Map(TYPES.map((type, code) => [/** @type {string} */ (type.ort), code]))

/**
 * Reads frames from a blocking descriptor, one at a time; undefined when the parent is gone.
 * A frame's bytes are only valid until the next call. They start at a multiple of 8, so typed views fit.
 * @param {number} fd
 */
export function frameReader(fd) {
  const chunk = Buffer.from(new ArrayBuffer(CHUNK))
  let start = 0
  let end = 0

  /** @param {Buffer} into @param {number} from @param {number} to */
  const fill = (into, from, to) => {
    let at = from
    while (at < to) {
      const n = readSync(fd, into, at, into.length - at, null)
      if (n === 0) return -1
      at += n
    }
    return at
  }

  return () => {
    if (start === end) start = end = 0
    if (end - start < HEADER) {
      chunk.copyWithin(0, start, end)
      end -= start
      start = 0
      end = fill(chunk, end, HEADER)
      if (end < 0) return undefined
    }
    const length = chunk.readUInt32LE(start) * 8
    const id = chunk.readUInt32LE(start + 4)
    const kind = chunk.readUInt32LE(start + 8)
    let frame
    if (length <= CHUNK) {
      if (start + length > CHUNK) {
        chunk.copyWithin(0, start, end)
        end -= start
        start = 0
      }
      if (end - start < length) {
        end = fill(chunk, end, start + length)
        if (end < 0) return undefined
      }
      frame = chunk.subarray(start, start + length)
      start += length
    } else {
      frame = Buffer.from(new ArrayBuffer(length))
      const have = chunk.copy(frame, 0, start, end)
      start = end = 0
      if (fill(frame, have, length) < 0) return undefined
    }
    return { id, kind, body: frame.subarray(HEADER) }
  }
}

/**
 * The inputs of a RUN frame as views on its bytes (strings are decoded), and which outputs are wanted.
 * @param {Buffer} body
 */
export function readRun(body) {
  const inputCount = body.readUInt32LE(0)
  const outputCount = body.readUInt32LE(4)
  let at = 8
  const outputs = []
  for (let i = 0; i < outputCount; i++, at += 4) outputs.push(body.readUInt32LE(at))
  at = pad(at)
  const inputs = []
  for (let i = 0; i < inputCount; i++) {
    const code = body.readUInt32LE(at)
    const rank = body.readUInt32LE(at + 4)
    const bytes = body.readUInt32LE(at + 8)
    at += 16
    const dims = []
    for (let d = 0; d < rank; d++, at += 4) dims.push(body.readUInt32LE(at))
    at = pad(at)
    const type = /** @type {(typeof TYPES)[number]} */ (TYPES[code])
    const offset = body.byteOffset + at
    const data =
      type.view === undefined
        ? readStrings(body.subarray(at, at + bytes))
        : new type.view(/** @type {ArrayBuffer} */ (body.buffer), offset, bytes / type.view.BYTES_PER_ELEMENT)
    at = pad(at + bytes)
    inputs.push({ type: type.ort, data, dims })
  }
  return { inputs, outputs }
}

/** Inputs of a statement and its context, as views on the frame. @param {Buffer} body */
export function readProve(body) {
  const xLength = body.readUInt32LE(0)
  const ctxLength = body.readUInt32LE(4)
  const ctxAt = 8 + pad(xLength)
  return { x: body.subarray(8, 8 + xLength), ctx: body.subarray(ctxAt, ctxAt + ctxLength) }
}

/** @param {number} fd @param {number} id @param {Uint8Array} y @param {Uint8Array} proof @param {number} computeUs */
export function writeProven(fd, id, y, proof, computeUs) {
  const proofAt = HEADER + 16 + pad(y.length)
  const frame = Buffer.alloc(proofAt + pad(proof.length))
  writeHeader(frame, frame.length, id, PROVEN)
  frame.writeDoubleLE(computeUs, HEADER)
  frame.writeUInt32LE(y.length, HEADER + 8)
  frame.writeUInt32LE(proof.length, HEADER + 12)
  frame.set(y, HEADER + 16)
  frame.set(proof, proofAt)
  writeAll(fd, [frame])
}

/**
 * @param {number} fd @param {number} id
 * @param {readonly { type: string, data: ArrayBufferView | string[] | ArrayLike<unknown>, dims: readonly number[] }[]} tensors
 * @param {number} computeUs
 */
export function writeResult(fd, id, tensors, computeUs) {
  /** @type {Buffer[]} */
  const parts = []
  const head = Buffer.alloc(HEADER + 16)
  head.writeDoubleLE(computeUs, HEADER)
  head.writeUInt32LE(tensors.length, HEADER + 8)
  parts.push(head)
  let length = head.length
  for (const { type, data, dims } of tensors) {
    const code = CODE_OF.get(type)
    if (code === undefined) throw new Error(`the model gave a tensor of type ${type}, which has no name in the protocol`)
    const bytes = ArrayBuffer.isView(data)
      ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
      : writeStrings(/** @type {string[]} */ (data))
    const info = Buffer.alloc(pad(16 + dims.length * 4))
    info.writeUInt32LE(code, 0)
    info.writeUInt32LE(dims.length, 4)
    info.writeUInt32LE(bytes.length, 8)
    for (let d = 0; d < dims.length; d++) info.writeUInt32LE(/** @type {number} */ (dims[d]), 16 + d * 4)
    parts.push(info, bytes)
    length += info.length + pad(bytes.length)
    if (bytes.length % 8 !== 0) parts.push(Buffer.alloc(8 - (bytes.length % 8)))
  }
  writeHeader(head, length, id, RESULT)
  writeAll(fd, parts)
}

/** @param {number} fd @param {number} id @param {number} kind @param {unknown} value */
export function writeJson(fd, id, kind, value) {
  const json = Buffer.from(JSON.stringify(value))
  const frame = Buffer.alloc(HEADER + pad(8 + json.length))
  writeHeader(frame, frame.length, id, kind)
  frame.writeUInt32LE(json.length, HEADER)
  json.copy(frame, HEADER + 8)
  writeAll(fd, [frame])
}

/** @param {Buffer} head @param {number} length @param {number} id @param {number} kind */
function writeHeader(head, length, id, kind) {
  head.writeUInt32LE(length / 8, 0)
  head.writeUInt32LE(id, 4)
  head.writeUInt32LE(kind, 8)
}

/** @param {number} fd @param {Buffer[]} parts */
function writeAll(fd, parts) {
  let rest = parts
  for (;;) {
    let written = writevSync(fd, rest)
    let i = 0
    while (i < rest.length && written >= /** @type {Buffer} */ (rest[i]).length) written -= /** @type {Buffer} */ (rest[i++]).length
    if (i === rest.length) return
    rest = rest.slice(i)
    rest[0] = /** @type {Buffer} */ (rest[0]).subarray(written)
  }
}

/** @param {Buffer} bytes */
function readStrings(bytes) {
  const strings = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at)
    strings.push(bytes.toString('utf8', at + 4, at + 4 + length))
    at += 4 + length
  }
  return strings
}

/** @param {readonly string[]} strings */
function writeStrings(strings) {
  /** @type {Buffer[]} */
  const parts = []
  for (const string of strings) {
    const bytes = Buffer.from(string)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(bytes.length)
    parts.push(length, bytes)
  }
  return Buffer.concat(parts)
}

/** @param {number} n */
function pad(n) {
  return (n + 7) & ~7
}
