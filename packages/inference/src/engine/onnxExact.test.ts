import { describeEngine } from './compliance.testkit.ts'
import { onnxExactEngine } from './onnx.ts'

describeEngine('onnx-exact', onnxExactEngine)
