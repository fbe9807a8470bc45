import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Datatype } from '@opengradient/protocol'
import type { Tensor } from '../engine/tensor.ts'
import { bytesOfData } from '../oip/data.ts'
import { MODELS } from '../server/folderSource.testkit.ts'

export interface Vectors {
  inputs: Record<string, unknown[]>
  outputs: Record<string, unknown[]>
}

/** Inputs and outputs that a sample model's training library computed. */
export function vectorsOf(sample: string): Vectors {
  return JSON.parse(readFileSync(join(MODELS, sample, 'vectors.json'), 'utf8')) as Vectors
}

/** The tensor of one name out of vectors, all rows. */
export function tensorOfVectors({ name, datatype }: { name: string; datatype: Datatype }, side: Record<string, unknown[]>): Tensor {
  const data = side[name]!
  const shape = shapeOf(data)
  const count = shape.reduce((a, b) => a * b, 1)
  return { name, datatype, shape, data: bytesOfData(name, datatype, shape, count, data) }
}

function shapeOf(value: unknown): number[] {
  return Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : []
}
