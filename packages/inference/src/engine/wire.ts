import { DATATYPES, ELEMENT_BYTES, OgError } from '@opengradient/protocol'
import { elementsOf, type Tensor } from './tensor.ts'

/*
 * Frames between the node and a model's child process, over one socket pair. All numbers little-endian, every frame and every part of one
 * padded to 8 bytes, so that tensors can be viewed in place.
 *
 *   frame   u32 length/8 (header included) · u32 id · u32 kind · u32 0 · body
 *   LOAD    u32 json length · u32 model length · json · model          → LOADED json { inputs, outputs: names in the runtime's order }
 *   RUN     u32 inputs · u32 outputs · u32 output index × outputs · tensor × inputs → RESULT f64 compute µs · u32 tensors · u32 0 · tensor × tensors
 *   PROVE   u32 x length · u32 ctx length · x · ctx                    → PROVEN f64 compute µs · u32 y length · u32 proof length · y · proof
 *   tensor  u32 datatype · u32 rank · u32 bytes · u32 0 · u32 dim × rank · data
 *   READY, FAILED: u32 json length · u32 0 · json
 *
 * A child that ran a hostile model is hostile: what it sends is bounded and checked here like any other foreign input.
 */
export const KIND = { load: 1, run: 2, prove: 3, ready: 16, loaded: 17, result: 18, failed: 19, proven: 20 } as const

export const HEADER_BYTES = 16
const MAX_RANK = 32
const MAX_U32 = 0xffff_ffff
const CODE_OF = new Map(DATATYPES.map((datatype, code) => [datatype, code]))

export interface Frame {
  readonly id: number
  readonly kind: number
  readonly body: Buffer
}

const pad = (n: number): number => Math.ceil(n / 8) * 8

export function encodeLoad(id: number, options: Readonly<Record<string, unknown>>, model: Uint8Array): Buffer[] {
  const json = Buffer.from(JSON.stringify(options))
  const head = Buffer.alloc(HEADER_BYTES + pad(8 + json.length))
  head.writeUInt32LE(json.length, HEADER_BYTES)
  head.writeUInt32LE(model.length, HEADER_BYTES + 4)
  head.set(json, HEADER_BYTES + 8)
  writeHeader(head, head.length + pad(model.length), id, KIND.load)
  return [head, Buffer.from(model.buffer, model.byteOffset, model.byteLength), Buffer.alloc(pad(model.length) - model.length)]
}

/** One buffer: copying a tensor costs less than a gathered write up to far larger tensors than an HTTP body may hold. */
export function encodeRun(id: number, inputs: readonly Tensor[], outputs: readonly number[]): Buffer {
  let length = HEADER_BYTES + pad(8 + outputs.length * 4)
  for (let i = 0; i < inputs.length; i++) {
    const { shape, data } = inputs[i]!
    length += 16 + pad(shape.length * 4) + pad(data.byteLength)
  }
  const frame = Buffer.allocUnsafe(length)
  writeHeader(frame, length, id, KIND.run)
  frame.writeUInt32LE(inputs.length, HEADER_BYTES)
  frame.writeUInt32LE(outputs.length, HEADER_BYTES + 4)
  let at = HEADER_BYTES + 8
  for (let i = 0; i < outputs.length; i++, at += 4) frame.writeUInt32LE(outputs[i]!, at)
  at = pad(at)
  for (let i = 0; i < inputs.length; i++) {
    const { datatype, shape, data } = inputs[i]!
    frame.writeUInt32LE(CODE_OF.get(datatype)!, at)
    frame.writeUInt32LE(shape.length, at + 4)
    frame.writeUInt32LE(data.byteLength, at + 8)
    at += 16
    for (let d = 0; d < shape.length; d++, at += 4) frame.writeUInt32LE(shape[d]!, at)
    at = pad(at)
    frame.set(data, at)
    at = pad(at + data.byteLength)
  }
  return frame
}

/** Asks for the proof that the model maps x (inputs as a statement holds them) to what it answers, for this context. */
export function encodeProve(id: number, x: Uint8Array, ctx: Uint8Array): Buffer {
  const ctxAt = HEADER_BYTES + 8 + pad(x.length)
  const frame = Buffer.alloc(ctxAt + pad(ctx.length))
  writeHeader(frame, frame.length, id, KIND.prove)
  frame.writeUInt32LE(x.length, HEADER_BYTES)
  frame.writeUInt32LE(ctx.length, HEADER_BYTES + 4)
  frame.set(x, HEADER_BYTES + 8)
  frame.set(ctx, ctxAt)
  return frame
}

/** The outputs and the proof of a PROVEN, as views on the frame's bytes. */
export function decodeProven(body: Buffer): { y: Uint8Array; proof: Uint8Array; computeUs: number } {
  if (body.length < 16) throw malformed('a proof without its head')
  const [yLength, proofLength] = [body.readUInt32LE(8), body.readUInt32LE(12)]
  const proofAt = 16 + pad(yLength)
  if (proofAt + pad(proofLength) !== body.length) throw malformed('a proof that does not fit its frame')
  return { computeUs: body.readDoubleLE(0), y: body.subarray(16, 16 + yLength), proof: body.subarray(proofAt, proofAt + proofLength) }
}

/** Tensors of a RESULT, viewing the frame's bytes; names are given by the caller. */
export function decodeResult(body: Buffer, names: readonly string[]): { outputs: Tensor[]; computeUs: number } {
  if (body.length < 16) throw malformed('a result without its head')
  const computeUs = body.readDoubleLE(0)
  if (body.readUInt32LE(8) !== names.length) throw malformed(`${body.readUInt32LE(8)} outputs where ${names.length} were asked for`)
  const outputs: Tensor[] = []
  let at = 16
  for (const name of names) {
    if (at + 16 > body.length) throw malformed('a result that ends early')
    const datatype = DATATYPES[body.readUInt32LE(at)]
    const rank = body.readUInt32LE(at + 4)
    const bytes = body.readUInt32LE(at + 8)
    at += 16
    if (datatype === undefined || rank > MAX_RANK || pad(rank * 4) + pad(bytes) > body.length - at)
      throw malformed(`a tensor "${name}" that does not fit its frame`)
    const shape = new Array<number>(rank)
    for (let d = 0; d < rank; d++, at += 4) shape[d] = body.readUInt32LE(at)
    at = pad(at)
    const count = elementsOf(shape)
    if (datatype !== 'BYTES' && count * ELEMENT_BYTES[datatype] !== bytes)
      throw malformed(`a tensor "${name}" whose bytes do not match its shape`)
    const data = body.subarray(at, at + bytes)
    if (datatype === 'BYTES' && !holdsStrings(data, count)) throw malformed(`a tensor "${name}" whose strings do not match its shape`)
    outputs.push({ name, datatype, shape, data })
    at = pad(at + bytes)
  }
  return { outputs, computeUs }
}

/** The JSON of a READY, LOADED or FAILED frame. */
export function decodeJson(body: Buffer): unknown {
  const length = body.length < 8 ? MAX_U32 : body.readUInt32LE(0)
  if (length > body.length - 8) throw malformed('a message that ends early')
  try {
    return JSON.parse(body.toString('utf8', 8, 8 + length))
  } catch {
    throw malformed('a message that is not JSON')
  }
}

/** Whether `data` is exactly `count` strings, each a uint32le length and its bytes. */
export function holdsStrings(data: Uint8Array, count: number): boolean {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  let at = 0
  for (let i = 0; i < count; i++) {
    if (at + 4 > data.byteLength) return false
    at += 4 + view.getUint32(at, true)
    if (at > data.byteLength) return false
  }
  return at === data.byteLength
}

/** Cuts a stream of chunks into frames. Frames that lie in one chunk are views on it; others are copied together once. */
export class FrameReader {
  readonly #maxBytes: number
  readonly #onFrame: (frame: Frame) => void
  /** A frame, or the start of its header, that is not complete yet. */
  #partial: Buffer | undefined
  #have = 0

  constructor(maxBytes: number, onFrame: (frame: Frame) => void) {
    this.#maxBytes = maxBytes
    this.#onFrame = onFrame
  }

  /** Whether some of a frame is here, and not all of it. */
  get isInside(): boolean {
    return this.#partial !== undefined
  }

  /** @throws OgError for a frame over the limit; nothing may be read afterwards. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#partial !== undefined) {
        const n = Math.min(this.#partial.length - this.#have, chunk.length - at)
        chunk.copy(this.#partial, this.#have, at, at + n)
        this.#have += n
        at += n
        if (this.#have < this.#partial.length) return
        const whole = this.#partial
        this.#partial = undefined
        if (whole.length > HEADER_BYTES || this.#lengthOf(whole, 0) === HEADER_BYTES) this.#emit(whole)
        else this.#startPartial(whole, 0, HEADER_BYTES, this.#lengthOf(whole, 0))
        continue
      }
      const rest = chunk.length - at
      const length = rest < HEADER_BYTES ? HEADER_BYTES : this.#lengthOf(chunk, at)
      if (rest < length) {
        this.#startPartial(chunk, at, rest, length)
        return
      }
      this.#emit(chunk.subarray(at, at + length))
      at += length
    }
  }

  #lengthOf(chunk: Buffer, at: number): number {
    const length = chunk.readUInt32LE(at) * 8
    if (length < HEADER_BYTES) throw malformed('a frame shorter than its header')
    if (length > this.#maxBytes) {
      throw new OgError('ENGINE_OUTPUT_TOO_LARGE', `The model answered ${length} bytes; this node passes on at most ${this.#maxBytes}.`, {
        details: { bytes: length, maxBytes: this.#maxBytes },
      })
    }
    return length
  }

  #startPartial(chunk: Buffer, at: number, have: number, length: number): void {
    this.#partial = Buffer.from(new ArrayBuffer(length))
    chunk.copy(this.#partial, 0, at, at + have)
    this.#have = have
  }

  #emit(frame: Buffer): void {
    this.#onFrame({ id: frame.readUInt32LE(4), kind: frame.readUInt32LE(8), body: frame.subarray(HEADER_BYTES) })
  }
}

function writeHeader(frame: Buffer, length: number, id: number, kind: number): void {
  frame.writeUInt32LE(length / 8, 0)
  frame.writeUInt32LE(id, 4)
  frame.writeUInt32LE(kind, 8)
  frame.writeUInt32LE(0, 12)
}

function malformed(what: string): OgError {
  return new OgError('ENGINE_FAILED', `The model's process sent ${what}.`)
}
