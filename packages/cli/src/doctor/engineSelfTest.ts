import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { onnxEngine, onnxExactEngine } from '@opengradient/inference/engine'
import { bytesToHex, sha256 } from '@opengradient/protocol'

const MODEL = fileURLToPath(new URL('../../../../models/credit_logistic_12/', import.meta.url))

/** Loads a sample model in each engine and compares its answer with the stored one. Returns a sentence; throws what went wrong. */
export async function selfTest(): Promise<string> {
  const bytes = new Uint8Array(readFileSync(`${MODEL}model.onnx`))
  const { golden } = JSON.parse(readFileSync(`${MODEL}model.json`, 'utf8')) as { golden: [{ input: [Stored]; output: [Stored] }] }
  const [{ input, output }] = golden
  const said: string[] = []
  for (const engine of [onnxEngine(), onnxExactEngine()]) {
    try {
      const model = await engine.load({ bytes, sha256: bytesToHex(sha256(bytes)) })
      const result = await model.run([
        { name: 'input', datatype: 'FP32', shape: input[0].shape, data: new Uint8Array(Float32Array.from(input[0].data).buffer) },
      ])
      const value = new Float32Array(new Uint8Array(result.outputs[0]?.data ?? []).buffer)[0] ?? Number.NaN
      if (!(Math.abs(value - (output[0].data[0] ?? 0)) < 1e-4))
        throw new Error(`${engine.name} answers ${value} instead of ${output[0].data[0]}`)
      said.push(`${engine.name} (${(result.computeUs / 1000).toFixed(1)} ms)`)
    } finally {
      await engine.close()
    }
  }
  return `${said.join(' and ')} answer a sample model rightly`
}

interface Stored {
  shape: number[]
  data: number[]
}
