import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { boundsOf } from '../ir/bounds.ts'
import { encodeIr, irHash } from '../ir/ir.ts'
import { encodeWeights } from '../ir/weights.ts'
import type { Samples } from './calibrate.ts'
import { type Compiled, compile } from './compile.ts'
import { BENCH_MODELS, type BenchName } from './models.testkit.ts'

const MODELS = fileURLToPath(new URL('../../../../models/', import.meta.url))

/** A sample model of the repository with its vectors: answers of the library that trained it. */
function sample(name: string): { onnx: Uint8Array; samples: Samples } {
  const { inputs, outputs } = JSON.parse(readFileSync(`${MODELS}${name}/vectors.json`, 'utf8')) as Record<
    string,
    Record<string, unknown[][]>
  >
  const flat = (side: Record<string, unknown[][]>): Record<string, number[]> =>
    Object.fromEntries(Object.entries(side).map(([key, rows]) => [key, rows.flat(4) as number[]]))
  const rows = Object.values(inputs!)[0]!.length
  return {
    onnx: new Uint8Array(readFileSync(`${MODELS}${name}/model.onnx`)),
    samples: { rows, inputs: flat(inputs!), outputs: flat(outputs!) },
  }
}

function faithful({ report }: Compiled): void {
  for (const { rms = 0, argmax = 1 } of report.outputs) {
    expect(rms).toBeLessThanOrEqual(5e-4)
    expect(argmax).toBeGreaterThanOrEqual(0.999)
  }
}

describe('the sample models as integer models', () => {
  for (const name of [
    'credit_gbt_200x4_classifier',
    'credit_gbt_200x4_regressor',
    'credit_logistic_12',
    'credit_logistic_12_ml',
    'digits_lenet',
    'digits_mlp_784_128_10',
    'volatility_mlp_16_32_32_1',
  ]) {
    it(`${name} gives the answers of its vectors to 5e-4 relative RMS and 99.9 % of largest elements`, () => {
      const { onnx, samples } = sample(name)
      const compiled = compile(onnx, { calibration: samples, name })
      expect(compiled.report).toMatchObject({ calibration: 'given', reference: 'runtime', samples: 32 })
      expect(compiled.report.outputs.length).toBeGreaterThan(0)
      faithful(compiled)
      expect(() => boundsOf(compiled.ir, 'committed'), 'bounds hold for every weight, so weights can be committed').not.toThrow()
    })
  }

  it('refuses what is out of scope by the name of the node', () => {
    expect(() => compile(sample('digits_mlp_int8_matmulinteger').onnx)).toThrow('QuantizeLinear "q0"')
    expect(() => compile(sample('transformer_d64_l2_t16_opset17').onnx)).toThrow('Input "input": element type int64')
  })

  it('gives the same bytes for the same file and samples', () => {
    const { onnx, samples } = sample('volatility_mlp_16_32_32_1')
    const [a, b] = [compile(onnx, { calibration: samples }), compile(onnx, { calibration: samples })]
    expect(encodeIr(a.ir)).toEqual(encodeIr(b.ir))
    expect(encodeWeights(a.ir.weights, a.weights)).toEqual(encodeWeights(b.ir.weights, b.weights))
    expect(Buffer.from(irHash(encodeIr(a.ir))).toString('hex')).toMatchInlineSnapshot(
      `"a07bbd53d5b4d75d012a34bbb8240b3a40f6e89ab85f506f68f3367b67178dde"`,
    )
  })
})

describe('the models of the benchmark table', () => {
  for (const name of Object.keys(BENCH_MODELS) as BenchName[]) {
    it(`${name} compiles, faithful to its own float model`, () => {
      const { onnx, samples } = BENCH_MODELS[name]()
      const compiled = compile(onnx, { calibration: samples, name })
      faithful(compiled)
      expect(compiled.report.notes).toEqual([])
    })
  }
})
