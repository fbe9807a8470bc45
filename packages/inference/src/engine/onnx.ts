import { validateOnnx } from '../onnx/validate.ts'
import type { Engine } from './engine.ts'
import { nativeIdentity, wasmIdentity } from './identity.ts'
import { ProcessEngine, type ProcessEngineOptions } from './processEngine.ts'

export { isolationPlan, unfenced } from './isolation.ts'

type Options = Pick<ProcessEngineOptions, 'log' | 'maxOutputBytes' | 'logSeverityLevel'>

/** ONNX Runtime as a native library: the fast one. Answers are reproducible in an equal environment. */
export function onnxEngine(options: Options = {}): Engine {
  return new ProcessEngine({ name: 'onnx', identity: nativeIdentity, validate: validateOnnx, ...options })
}

/** ONNX Runtime as WebAssembly: 1.3 to 10 times slower, the same bytes on every machine. The judge in a dispute. */
export function onnxExactEngine(options: Options = {}): Engine {
  return new ProcessEngine({ name: 'onnx-exact', identity: wasmIdentity, validate: validateOnnx, ...options })
}
