import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Datatype, OgError, sha256Hex } from '@opengradient/protocol'
import type { LoadedModel } from '../src/engine/engine.ts'
import { onnxEngine, onnxExactEngine } from '../src/engine/onnx.ts'
import type { Tensor } from '../src/engine/tensor.ts'
import { difference } from '../src/onnx/near.testkit.ts'
import { readStoredTensor } from './tensorFile.ts'

interface Case {
  readonly case: string
  readonly data_sets: number
}

export interface ConformanceResult {
  readonly passed: number
  readonly total: number
  /** `case: what differs` */
  readonly failed: string[]
}

/**
 * The ONNX project's own operator tests, each through the whole path of a served model: our reader of the file, a child process, the native
 * runtime, the frames in both directions. `testdata` is the folder that holds `onnx/conformance`.
 */
export async function run(testdata: string, engineName: 'onnx' | 'onnx-exact' = 'onnx'): Promise<ConformanceResult> {
  const root = join(testdata, 'onnx', 'conformance')
  const cases = JSON.parse(readFileSync(join(root, 'index.json'), 'utf8')) as Case[]
  const engine = engineName === 'onnx' ? onnxEngine() : onnxExactEngine()
  const failed: string[] = []
  try {
    for (const { case: name, data_sets } of cases) {
      const problem = await runCase(engine, join(root, name), data_sets)
      if (problem !== undefined) failed.push(`${name}: ${problem}`)
    }
  } finally {
    await engine.close()
  }
  return { passed: cases.length - failed.length, total: cases.length, failed }
}

async function runCase(engine: ReturnType<typeof onnxEngine>, folder: string, sets: number): Promise<string | undefined> {
  const bytes = readFileSync(join(folder, 'model.onnx'))
  let model: LoadedModel | undefined
  try {
    model = await engine.load({ bytes, sha256: sha256Hex(bytes) })
    for (let set = 0; set < sets; set++) {
      const problem = await runSet(model, join(folder, `test_data_set_${set}`))
      if (problem !== undefined) return problem
    }
    return undefined
  } catch (error) {
    return error instanceof OgError ? `${error.code} ${error.message}` : String(error)
  } finally {
    await model?.unload()
  }
}

async function runSet(model: LoadedModel, folder: string): Promise<string | undefined> {
  const { inputs, outputs } = model.signature
  const given = inputs.map(({ name, datatype }, i) => read(join(folder, `input_${i}.pb`), name, datatype))
  const expected = outputs.flatMap(({ name, datatype }, i) => {
    const path = join(folder, `output_${i}.pb`)
    return existsSync(path) ? [read(path, name, datatype)] : []
  })
  const answer = await model.run(given)
  for (const [i, want] of expected.entries()) {
    const problem = difference(answer.outputs[i]!, want)
    if (problem !== undefined) return problem
  }
  return undefined
}

function read(path: string, name: string, datatype: Datatype): Tensor {
  const tensor = readStoredTensor(readFileSync(path))
  if (tensor.datatype !== datatype) throw new Error(`${path} holds ${tensor.datatype}, the model declares ${datatype}`)
  return { ...tensor, name }
}
