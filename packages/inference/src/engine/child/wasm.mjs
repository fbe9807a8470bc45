// ONNX Runtime as WebAssembly: the same bytes on every machine.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** @returns {Promise<import('./main.mjs').Runtime>} */
export async function runtime() {
  const ort = await import('onnxruntime-web/wasm')
  ort.env.wasm.numThreads = 1
  ort.env.wasm.proxy = false
  ort.env.wasm.wasmBinary = readFileSync(fileURLToPath(import.meta.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm')))
  return {
    Tensor: ort.Tensor,
    create: (bytes, { logSeverityLevel = 3 }) =>
      ort.InferenceSession.create(bytes, {
        executionProviders: ['wasm'],
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        logSeverityLevel: /** @type {0 | 1 | 2 | 3 | 4} */ (logSeverityLevel),
      }),
  }
}
