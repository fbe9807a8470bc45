// ONNX Runtime as a native library.
import { createRequire } from 'node:module'

// Where there is a Float16Array (Node 24), the library makes all halves ones, and then takes each for empty; without it they are Uint16Array, as
// here. https://github.com/microsoft/onnxruntime/pull/32323
Reflect.deleteProperty(globalThis, 'Float16Array')

/** @returns {import('./main.mjs').Runtime} */
export function runtime() {
  const ort = /** @type {typeof import('onnxruntime-node')} */ (createRequire(import.meta.url)('onnxruntime-node'))
  return {
    Tensor: ort.Tensor,
    create: (bytes, { logSeverityLevel = 3 }) =>
      ort.InferenceSession.create(bytes, {
        executionProviders: ['cpu'],
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        logSeverityLevel: /** @type {0 | 1 | 2 | 3 | 4} */ (logSeverityLevel),
      }),
  }
}
