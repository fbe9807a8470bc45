import { onnxEngine, onnxExactEngine } from '@opengradient/inference/engine'
import { bytesToHex, sha256 } from '@opengradient/protocol'

/** The sample model `credit_logistic_12` with its first golden answer: here, because an installed `og` has no sample models beside it. */
export const SAMPLE = {
  onnx: 'CAcSEnN5bnRoZXRpYy10ZXN0ZGF0YTrMAgoTCgVpbnB1dAoCbXUSAWMiA1N1YgoPCgFjCgJzZBIBeiIDRGl2ChIKAXoKAVcKAWISAWwiBEdlbW0KFAoBbBIGb3V0cHV0IgdTaWdtb2lkEgFnKjoIDBABQgJtdUowCCMqRy2hJEKc+rQ+NBEWP9AlSEA0tdU+n8IDuweqv7tWDpY5LHctuiRhxzurszy8KjoIDBABQgJzZEownCTZRlXCPEF2t0Y+K4FDPx2UGUA7ho0+vnF/P9LwfD9uTn4/ylh/P9xCgD9B7X0/KjsIDAgBEAFCAVdKMLT5Fr+OKj6+wKMRP8/6cj/iv5a+CUgpP7OeKTxhJn+7wPlJPigpz7pRnKu8YrGdPCoNCAEQAUIBYkoEex7Gv1oYCgVpbnB1dBIPCg0IARIJCgMSAU4KAggMYhkKBm91dHB1dBIPCg0IARIJCgMSAU4KAggBQgQKABAN',
  input: [16288.616, 44, 0.21340312, 0, 6.3, 0.2507897, -0.2842668, 0.57717013, -0.040034574, -0.18523033, 0.32850465, 0.44758636],
  output: 0.04965104,
}

/** Loads a sample model in each engine and compares its answer with the stored one. Returns a sentence; throws what went wrong. */
export async function selfTest(): Promise<string> {
  const bytes = new Uint8Array(Buffer.from(SAMPLE.onnx, 'base64'))
  const said: string[] = []
  for (const engine of [onnxEngine(), onnxExactEngine()]) {
    try {
      const model = await engine.load({ bytes, sha256: bytesToHex(sha256(bytes)) })
      const data = new Uint8Array(Float32Array.from(SAMPLE.input).buffer)
      const result = await model.run([{ name: 'input', datatype: 'FP32', shape: [1, SAMPLE.input.length], data }])
      const value = new Float32Array(new Uint8Array(result.outputs[0]?.data ?? []).buffer)[0] ?? Number.NaN
      if (!(Math.abs(value - SAMPLE.output) < 1e-4)) throw new Error(`${engine.name} answers ${value} instead of ${SAMPLE.output}`)
      said.push(`${engine.name} (${(result.computeUs / 1000).toFixed(1)} ms)`)
    } finally {
      await engine.close()
    }
  }
  return `${said.join(' and ')} answer a sample model rightly`
}
