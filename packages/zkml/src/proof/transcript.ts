import { utf8 } from '@opengradient/protocol'
import type { Desk, KPtr } from './desk.ts'
import { type Params, parameterBlock } from './params.ts'

/** What a proof is bound to besides its own content. SPEC 1.7. */
export interface ProofHeader {
  /** 0: the verifier has the weights. 1: only `wroot`, the root of W, is known to it. */
  readonly weights: 0 | 1
  /** 32 bytes. */
  readonly zkModelId: Uint8Array
  /** 32 bytes; includes the batch. */
  readonly programHash: Uint8Array
  /** Values of the inputs and of the outputs as bytes: tensors in the order of the model, row-major little-endian of their type. */
  readonly x: Uint8Array
  readonly y: Uint8Array
  /** What the proof is for, ≤ 256 bytes: chain, request, nonce. */
  readonly ctx: Uint8Array
  /** 32 bytes when `weights` is 1, else empty. */
  readonly wroot: Uint8Array
}

/** Version, hash function and mode of every proof of version 1. */
export const VERSION = 1
export const HASH_ID = 1
export const MODE = 0

/** The Fiat–Shamir state of one proof. SPEC 1.6. */
export class Transcript {
  readonly st: number
  private readonly desk: Desk

  constructor(desk: Desk) {
    this.desk = desk
    this.st = desk.alloc(32)
    desk.x.tsInit(this.st)
  }

  /** Absorbs one message that lies in memory. */
  absorb(label: string, at: number, length: number): void {
    this.desk.x.tsAbsorb(this.st, this.desk.kernels.label(label), at, length)
  }

  absorbBytes(label: string, bytes: Uint8Array): void {
    this.absorb(label, this.desk.put(bytes), bytes.length)
  }

  /** A vector of challenges. */
  squeeze(label: string, count = 1): KPtr {
    const out = this.desk.alloc(16 * Math.max(1, count))
    this.desk.x.tsSqueeze(this.st, this.desk.kernels.label(label), out, count)
    return out
  }
}

/** Absorbs the start of every proof, up to "wroot": the root of w follows. SPEC 1.7. */
export function absorbHeader(desk: Desk, transcript: Transcript, header: ProofHeader, params: Params): void {
  transcript.absorbBytes('ver', Uint8Array.of(VERSION, 0, HASH_ID, MODE, header.weights))
  transcript.absorbBytes('model', header.zkModelId)
  transcript.absorbBytes('prog', header.programHash)
  transcript.absorbBytes('pcs', parameterBlock(params))
  transcript.absorb('in', domainHashAt(desk, 'zkml/v1/x', header.x), 32)
  transcript.absorb('out', domainHashAt(desk, 'zkml/v1/y', header.y), 32)
  transcript.absorbBytes('ctx', header.ctx)
  transcript.absorbBytes('wroot', header.wroot)
}

/** Hd(tag, data) in memory: the address of 32 bytes. SPEC 1.5. */
export function domainHashAt(desk: Desk, tag: string, data: Uint8Array): number {
  const name = utf8(tag)
  const at = desk.alloc(1 + name.length + data.length)
  const view = desk.bytes(at, 1 + name.length + data.length)
  view[0] = name.length
  view.set(name, 1)
  view.set(data, 1 + name.length)
  const out = desk.alloc(32)
  desk.x.blake3(out, at, 1 + name.length + data.length)
  return out
}
