import { onnxEngine } from '../engine/onnx.ts'
import { describeScheduling } from './scheduling.testkit.ts'

describeScheduling('onnx', onnxEngine)
