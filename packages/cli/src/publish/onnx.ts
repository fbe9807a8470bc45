import { type OnnxModel, validateOnnx } from '@opengradient/inference/onnx'
import { isOgError, OgError } from '@opengradient/protocol'

/** `ir_version`, with which every exporter begins. */
const FIRST_FIELD = 8

/** What an ONNX file says about itself. @throws OgError `MODEL_INVALID`, naming the file, and what to do when it is of another kind */
export function onnxOf(bytes: Uint8Array, file: string): OnnxModel {
  try {
    return validateOnnx(bytes)
  } catch (cause) {
    if (!isOgError(cause, 'MODEL_INVALID')) throw cause
    const kind =
      bytes[0] === FIRST_FIELD
        ? ''
        : '. This does not look like an ONNX file: export the model to ONNX (torch.onnx.export, tf2onnx, skl2onnx) and publish that'
    throw new OgError('MODEL_INVALID', `${file}: ${cause.message}${kind}`, { cause, details: cause.details })
  }
}
