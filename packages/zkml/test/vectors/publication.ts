import { bytesToHex, type Hex } from '@opengradient/protocol'
import { encode } from 'cborg'
import { tagged } from '../../reference/bytes.ts'
import type { Ir } from '../../src/ir/types.ts'
import { encodeWeights } from '../../src/ir/weights.ts'
import { ModelBuilder } from '../../src/program/model.testkit.ts'
import type { RejectedVector } from './proofs.ts'

/** An integer model whose fields may be anything. */
export type Loose = { -readonly [K in keyof Ir]: unknown }

/** What of a publication is not as honest tools would make it; the names are right all the same. */
export interface Change {
  readonly spoil?: (ir: Loose) => void
  /** The bytes of the integer model, and of the weights. */
  readonly ir?: (bytes: Uint8Array) => Uint8Array
  readonly blob?: (bytes: Uint8Array) => Uint8Array
  /** Fields of the manifest. */
  readonly manifest?: Record<string, unknown>
  readonly statement?: RejectedVector['statement']
}

/** A model under the name that is its own, with the proof of the vector `of`. */
export function published(
  says: string,
  of: string,
  code: string,
  make: (m: ModelBuilder) => number[],
  change: Change = {},
): RejectedVector {
  const m = new ModelBuilder(8, 7)
  const outputs = make(m)
  const { inputs, nodes, tensors, metas, tables, limb } = m
  const ir: Loose = structuredClone({ v: 1, name: 'test', inputs, outputs, nodes, tensors, weights: metas, tables, limb })
  change.spoil?.(ir)
  const same = (bytes: Uint8Array) => bytes
  const irBytes = (change.ir ?? same)(encode(ir))
  const blob = (change.blob ?? same)(encodeWeights(metas, m.weights))
  const wd = tagged('zkml/v1/weights', blob)
  const manifest = encode({ v: 1, ir: tagged('zkml/v1/ir', irBytes), weights: 0, wd, pcs: [[1, 6, 8]], ...change.manifest })
  const hex = (bytes: Uint8Array): Hex => bytesToHex(bytes)
  return {
    ...{ says, of, statement: { zkModelId: hex(tagged('zkml/v1/model', manifest)), ...change.statement } },
    ...{ manifest: hex(manifest), ir: hex(irBytes), blob: hex(blob), code },
  }
}
