import { encode } from 'cborg'
import { concatBytes, tagged, u8, u32 } from '../../reference/bytes.ts'
import { type Claimed, type Published, referenceVerifyFiles } from '../../reference/files.ts'
import type { Ir } from '../../src/ir/types.ts'
import { verify } from '../attacks/model.ts'

/** A proof of nothing but its head: with right files and a right statement it is `BAD_ENCODING`, and all that is asked before has been asked. */
const head = (committed: boolean) => concatBytes(new TextEncoder().encode('ZKML'), u8(1), u8(1), u8(0), u8(committed ? 1 : 0), u32(12))

/** What is published and claimed of a model. */
export interface Publication {
  readonly ir: Uint8Array
  readonly blob: Uint8Array
  readonly batch: number
  readonly committed: boolean
  /** Fields of the manifest that are not as they should be. */
  readonly manifest?: Record<string, unknown>
  /** Bytes of the input and of the output. */
  readonly x: number
  readonly y: number
}

/** Both verdicts of a model that is published under the right hashes. */
export function judged({ ir, blob, batch, committed, manifest, x, y }: Publication): { first: string; second: string } {
  const wd = committed ? new Uint8Array(32) : tagged('zkml/v1/weights', blob)
  const bytes = encode({ v: 1, ir: tagged('zkml/v1/ir', ir), weights: committed ? 1 : 0, wd, pcs: [[batch, 6, 8]], ...manifest })
  const files: Published = { manifest: bytes, ir, ...(committed ? {} : { weights: blob }) }
  const claimed: Claimed = {
    zkModelId: tagged('zkml/v1/model', bytes),
    batch,
    x: new Uint8Array(x),
    y: new Uint8Array(y),
    ctx: new Uint8Array(),
  }
  const said = (verdict: ReturnType<typeof verify> | ReturnType<typeof referenceVerifyFiles>) => (verdict.ok ? 'ok' : verdict.code)
  return {
    first: said(verify(files, claimed, head(committed))),
    second: said(referenceVerifyFiles(files, claimed, head(committed))),
  }
}

const WIDTH = { i16: 2, i32: 4, i64: 8 } as const

/** Bytes of all these tensors of a model, as far as its fields are such that they have any; few otherwise. */
export function bytesOf(ir: Ir, ids: readonly number[], batch: number): number {
  try {
    const bytes = ids.reduce((sum, id) => sum + ir.tensors[id]!.axes.reduce((cells, n) => cells * n, batch * WIDTH[ir.tensors[id]!.dt]), 0)
    return Number.isInteger(bytes) && bytes >= 0 && bytes < 2 ** 20 ? bytes : 2
  } catch {
    return 2
  }
}
