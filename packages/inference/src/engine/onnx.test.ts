import { describeEngine } from './compliance.testkit.ts'
import { onnxEngine } from './onnx.ts'

describeEngine('onnx', onnxEngine)
