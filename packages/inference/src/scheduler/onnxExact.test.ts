import { onnxExactEngine } from '../engine/onnx.ts'
import { describeScheduling } from './scheduling.testkit.ts'

describeScheduling('onnx-exact', onnxExactEngine)
