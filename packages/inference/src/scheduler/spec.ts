import type { Hex } from '@opengradient/protocol'
import type { Engine, ModelBytes, TensorInfo } from '../engine/engine.ts'
import type { Closeness, GoldenCase } from './golden.ts'

/** What the scheduler has to know of a model: which engine, which bytes, and how to tell that it works. */
export interface ModelSpec {
  readonly modelId: Hex
  readonly engine: Engine
  /** SHA-256 of the model file. */
  readonly sha256: Hex
  /** Bytes of the model file, for planning memory before it is read. */
  readonly size: number
  /** The file, fetched when the model is loaded and not kept. */
  readonly open: () => Promise<ModelBytes>
  /** What the manifest declares, in the order of requests. */
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly golden: readonly GoldenCase[]
  readonly closeness: Closeness
  /** Whether answers are the same however many requests run at once, and at most how many rows. */
  readonly batch: { readonly invariant: boolean; readonly max: number }
}
