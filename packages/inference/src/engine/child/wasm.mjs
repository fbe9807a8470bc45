// ONNX Runtime as WebAssembly: the same bytes on every machine.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { oneNaN } from './nan.mjs'

// The runtime is large, and each process runs little of it: what is not run is not checked either, and what runs only while it starts is not
// optimised. Its first answer takes a third less processor time; what runs long is optimised as before, a few milliseconds later.
setFlagsFromString('--wasm-lazy-validation')
setFlagsFromString('--wasm-tiering-budget=16000000')

/** @returns {Promise<import('./main.mjs').Runtime>} */
export async function runtime() {
  const ort = await import('onnxruntime-web/wasm')
  ort.env.wasm.numThreads = 1
  ort.env.wasm.proxy = false
  ort.env.wasm.wasmBinary = readFileSync(fileURLToPath(import.meta.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm')))
  return {
    Tensor: ort.Tensor,
    async create(bytes, { logSeverityLevel = 3 }) {
      const session = await ort.InferenceSession.create(bytes, {
        executionProviders: ['wasm'],
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        logSeverityLevel: /** @type {0 | 1 | 2 | 3 | 4} */ (logSeverityLevel),
      })
      return {
        inputNames: session.inputNames,
        outputNames: session.outputNames,
        async run(feeds, fetches) {
          const results = await session.run(/** @type {import('onnxruntime-web').InferenceSession.FeedsType} */ (feeds), fetches)
          for (const result of Object.values(results)) oneNaN(result)
          return results
        },
      }
    },
  }
}
