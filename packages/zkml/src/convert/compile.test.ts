import { readFileSync } from 'node:fs'
import { isOgError } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interpret } from '../ir/interpret.ts'
import { type Compiled, type CompileOptions, compile } from './compile.ts'
import { decodeOutputs, encodeInputs } from './io.ts'
import { attribute, type Bytes, floats, int64s, model, node, value } from './onnx/writer.testkit.ts'
import { prng } from './prng.ts'

const SEED = 92_031

interface Shape {
  readonly x?: readonly (number | string)[]
  readonly constants?: readonly Bytes[]
  readonly opset?: number
}

/** A model of these nodes from x to y. */
function onnx(nodes: readonly Bytes[], { x = ['N', 4], constants = [], opset = 17 }: Shape = {}): Uint8Array {
  return model({ nodes, constants, inputs: [value('x', x)], outputs: [value('y', [])] }, opset)
}

function thrown(run: () => unknown): { code?: string; message: string; details?: Readonly<Record<string, unknown>> } {
  try {
    run()
  } catch (error) {
    if (isOgError(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** The answers of the integer model. */
function answers({ ir, weights, io }: Compiled, x: readonly number[], rows = 1): (number | string)[] {
  const trace = interpret(ir, weights, encodeInputs(ir, io, { x }, rows), { batch: rows })
  const outputs = ir.outputs.map((id) => trace.tensors[id]!)
  return decodeOutputs(ir, io, outputs)[io.outputs[0]!.name]!
}

function sampled(size: number, rows: number, low = -2, high = 2): NonNullable<CompileOptions['calibration']> {
  const next = prng(7)
  return { rows, inputs: { x: Float32Array.from({ length: size * rows }, () => low + (high - low) * next()) } }
}

it('a layer may have very many channels', () => {
  const channels = 150_000
  const w = floats('w', [1, channels], new Array(channels).fill(0.5))
  const { ir, io } = compile(onnx([node('MatMul', ['x', 'w'], ['y'])], { x: ['N', 1], constants: [w] }), { calibration: sampled(1, 1) })
  expect(ir.tensors.at(-1)?.axes).toEqual([channels])
  expect(io.outputs[0]?.shape).toEqual([channels])
})

describe('what cannot become an integer model', () => {
  it('is refused with the operator, the node and the reason', () => {
    const refusals: [string, Uint8Array][] = [
      ['LSTM "y": the operator is not supported', onnx([node('LSTM', ['x'], ['y'])])],
      ['Div "y": division by a computed value', onnx([node('Div', ['x', 'x'], ['y'])])],
      ['Div "y": division by zero', onnx([node('Div', ['x', 'c'], ['y'])], { constants: [floats('c', [1], [0])] })],
      ['Normalizer "y": norm L2 divides', onnx([node('Normalizer', ['x'], ['y'], [attribute.text('norm', 'L2')], 'ai.onnx.ml')])],
      [
        'Conv "y": 3 spatial axes',
        onnx([node('Conv', ['x', 'w'], ['y'])], { x: ['N', 1, 2, 2, 2], constants: [floats('w', [1, 1, 1, 1, 1], [1])] }),
      ],
      ['Relu "y": it reads "z", which nothing before it defines', onnx([node('Relu', ['z'], ['y'])])],
      [
        'MaxPool "y": a window that lies in the padding',
        onnx([node('MaxPool', ['x'], ['y'], [attribute.ints('kernel_shape', [1]), attribute.ints('pads', [2, 0])])], { x: ['N', 1, 4] }),
      ],
    ]
    for (const [message, bytes] of refusals) {
      const error = thrown(() => compile(bytes))
      expect(error.code).toBe('ZK_UNSUPPORTED_OP')
      expect(error.message).toContain(message)
    }
  })

  it('is refused for all its nodes at once, in the order of the file; a node that only reads what a refused one makes is not to blame', () => {
    const nodes = [
      node('LSTM', ['x'], ['a']),
      node('Relu', ['a'], ['b']),
      node('Erf', ['b'], ['c']),
      node('Div', ['x', 'x'], ['d']),
      node('Transpose', ['x'], ['e']),
      node('Relu', ['nowhere'], ['f']),
      node('Add', ['c', 'f'], ['y']),
    ]
    const error = thrown(() => compile(onnx(nodes)))
    expect(error).toMatchObject({ code: 'ZK_UNSUPPORTED_OP' })
    expect(error.message).toBe(
      'LSTM "a": the operator is not supported; Erf "c": the operator is not supported; Div "d": division by a computed value; ' +
        'Transpose "e": it mixes the samples of a batch of open length; Relu "f": it reads "nowhere", which nothing before it defines',
    )
    expect(error.details).toMatchObject({ op: 'LSTM', node: 'a', count: 5 })
    expect(error.details?.refused).toEqual([
      { code: 'ZK_UNSUPPORTED_OP', op: 'LSTM', node: 'a', reason: 'the operator is not supported' },
      { code: 'ZK_UNSUPPORTED_OP', op: 'Erf', node: 'c', reason: 'the operator is not supported' },
      { code: 'ZK_UNSUPPORTED_OP', op: 'Div', node: 'd', reason: 'division by a computed value' },
      { code: 'ZK_DYNAMIC_SHAPE', op: 'Transpose', node: 'e', reason: 'it mixes the samples of a batch of open length' },
      { code: 'ZK_UNSUPPORTED_OP', op: 'Relu', node: 'f', reason: 'it reads "nowhere", which nothing before it defines' },
    ])
  })

  it('is refused for its inputs and operators together, in a bounded list', () => {
    const many = Array.from({ length: 1000 }, (_, i) => node('LSTM', [i === 0 ? 'x' : `y${i - 1}`], [`y${i}`]))
    const { message, details } = thrown(() => compile(onnx(many, { x: ['N', 'M'] })))
    expect(message).toMatch(/^Input "x": dimension 1 is open; .* "y3": the operator is not supported; and 996 more$/)
    expect(details).toMatchObject({ op: 'Input', node: 'x', count: 1001 })
    expect(details?.refused).toHaveLength(100)
  })

  it('is refused for every node whose numbers do not fit', () => {
    const constants = [floats('huge', [1], [1e30])]
    const nodes = [node('Add', ['x', 'huge'], ['a']), node('Relu', ['x'], ['b']), node('Add', ['b', 'huge'], ['y'])]
    const bytes = model({ nodes, constants, inputs: [value('x', ['N', 4])], outputs: [value('a', []), value('y', [])] }, 17)
    expect(thrown(() => compile(bytes)).details).toMatchObject({ count: 2, refused: [{ node: 'a' }, { node: 'y' }] })
  })

  it.each<[string, Bytes, Bytes[]]>([
    ['an infinite bias', node('Gemm', ['x', 'w', 'inf'], ['y']), [floats('w', [4, 1], [1, 2, 3, 4]), floats('inf', [1], [Infinity])]],
    ['a weight that is no number', node('MatMul', ['x', 'w'], ['y']), [floats('w', [4, 1], [1, NaN, 3, 4])]],
    ['a term that is no number', node('Add', ['x', 'c'], ['y']), [floats('c', [4], [1, NaN, 3, 4])]],
    ['a slope that is no number', node('LeakyRelu', ['x'], ['y'], [attribute.float('alpha', NaN)]), []],
    ['a bound that is no number', node('Clip', ['x', 'c'], ['y']), [floats('c', [], [NaN])]],
    ['a border that is infinite', node('Pad', ['x', 'p', 'c'], ['y']), [int64s('p', [0, 1, 0, 1]), floats('c', [], [-Infinity])]],
  ])('is refused for %s, with the node', (_, one, constants) => {
    const { code, message } = thrown(() => compile(onnx([one], { constants })))
    expect(code).toBe('ZK_UNSUPPORTED_OP')
    expect(message).toMatch(/^\w+ "y": a constant that is infinite or no number$/)
  })

  it('is refused when a shape is open, or the samples of a batch of open length mix', () => {
    expect(thrown(() => compile(onnx([node('Relu', ['x'], ['y'])], { x: ['N', 'M'] })))).toMatchObject({ code: 'ZK_DYNAMIC_SHAPE' })
    for (const mixing of [
      node('Concat', ['x', 'x'], ['y'], [attribute.int('axis', 0)]),
      node('ReduceMean', ['x'], ['y'], [attribute.ints('axes', [0])]),
      node('Transpose', ['x'], ['y']),
      node('Softmax', ['x'], ['y'], [attribute.int('axis', 0)]),
      node('Slice', ['x', 'from', 'to', 'axis'], ['y']),
      node('Reshape', ['x', 'flat'], ['y']),
      node('Reshape', ['x', 'one'], ['y']),
      node('Unsqueeze', ['x', 'axis'], ['y']),
    ]) {
      const constants = [int64s('from', [0]), int64s('to', [1]), int64s('axis', [0]), int64s('flat', [-1]), int64s('one', [1, -1])]
      expect(thrown(() => compile(onnx([mixing], { constants })))).toMatchObject({ code: 'ZK_DYNAMIC_SHAPE' })
    }
  })

  it('is refused when the samples have the wrong length, are no numbers, or the answers differ too much', () => {
    const relu = onnx([node('Relu', ['x'], ['y'])])
    expect(thrown(() => compile(relu, { calibration: { rows: 2, inputs: { x: [1, 2, 3, 4] } } })).code).toBe('ZK_INPUT_SHAPE')
    expect(thrown(() => compile(relu, { calibration: { rows: 1, inputs: { x: [1, 2, 3, Number.NaN] } } })).code).toBe('ZK_NON_FINITE_INPUT')
    const wrong = { rows: 1, inputs: { x: [1, 2, 3, 4] }, outputs: { y: [1, 2, 3, 5] } }
    expect(thrown(() => compile(relu, { calibration: wrong })).code).toBe('ZK_FIDELITY')
  })
})

describe('scales and layers', () => {
  it('merge Sub, Div, BatchNormalization, Mul and Relu into the dense layer between them', () => {
    const nodes = [
      node('Sub', ['x', 'mean'], ['a']),
      node('Div', ['a', 'std'], ['b']),
      node('MatMul', ['b', 'w'], ['c']),
      node('BatchNormalization', ['c', 'one', 'zero', 'mean3', 'var3'], ['d']),
      node('Relu', ['d'], ['e']),
      node('MatMul', ['e', 'v'], ['f']),
      node('Mul', ['f', 'two'], ['y']),
    ]
    const constants = [
      floats('mean', [4], [1, 2, 3, 4]),
      floats('std', [4], [0.5, 2, 1, 4]),
      floats('w', [4, 3], [1, -1, 0.5, 0.25, 2, -0.5, 1, 1, 1, -2, 0.5, 3]),
      floats('one', [3], [1, 2, 3]),
      floats('zero', [3], [0, 1, -1]),
      floats('mean3', [3], [0.1, 0.2, 0.3]),
      floats('var3', [3], [1, 0.5, 2]),
      floats('v', [3, 1], [1, 2, -1]),
      floats('two', [], [2]),
    ]
    const { ir, report } = compile(onnx(nodes, { constants }), { calibration: sampled(4, 50) })
    expect(ir.nodes.map(({ op, a }) => [op, a.raw === 1, a.lo])).toEqual([
      ['Gemm', false, 0],
      ['Gemm', true, undefined],
    ])
    expect(report.outputs[0]!.rms).toBeLessThan(2e-4)
  })

  it('give features of very different size inputs of their own', () => {
    const nodes = [node('MatMul', ['x', 'w'], ['y'])]
    const constants = [floats('w', [4, 1], [1e-5, 1, 0.5, 2])]
    const next = prng(3)
    const rows = 40
    const x = Float32Array.from({ length: 4 * rows }, (_, i) => (i % 4 === 0 ? 1e5 : 1) * (next() - 0.2))
    const { ir, io, report } = compile(onnx(nodes, { constants }), { calibration: { rows, inputs: { x } } })
    expect(io.inputs[0]!.parts).toEqual([
      { input: 0, start: 0, count: 1 },
      { input: 1, start: 1, count: 3 },
    ])
    expect(ir.nodes.map(({ op }) => op)).toEqual(['Concat', 'Gemm'])
    expect(report.outputs[0]!.rms).toBeLessThan(1e-4)
  })

  it('keep both signs of bounds that exclude zero', () => {
    const clip = onnx([node('Clip', ['x', 'lo', 'hi'], ['y'])], { constants: [floats('lo', [], [0.5]), floats('hi', [], [1])] })
    const got = answers(compile(clip, { calibration: sampled(4, 20) }), [-1, 0.75, 2, 0.5]).map(Number)
    for (const [i, want] of [0.5, 0.75, 1, 0.5].entries()) expect(got[i]).toBeCloseTo(want, 3)
  })

  it('are guessed from made-up inputs, and the report says so, when there are no samples', () => {
    const { report } = compile(onnx([node('Relu', ['x'], ['y'])]))
    expect(report).toMatchObject({ calibration: 'synthetic', reference: 'float' })
    expect(report.notes[0]).toContain('made-up inputs')
  })
})

describe('a small residual network', () => {
  it('merges every BatchNormalization and Relu, and keeps its answers', () => {
    const next = prng(11)
    const random = (n: number, low: number, high: number): number[] => Array.from({ length: n }, () => low + (high - low) * next())
    const constants: Bytes[] = [floats('w', [3, 4], random(12, -1, 1)), floats('b', [3], random(3, -1, 1))]
    const block = (i: number, x: string, channels: number): Bytes[] => {
      constants.push(floats(`k${i}`, [4, channels, 3, 3], random(36 * channels, -0.4, 0.4)))
      for (const [name, low, high] of [
        ['s', 0.5, 1.5],
        ['t', -0.5, 0.5],
        ['m', -0.2, 0.2],
        ['v', 0.5, 2],
      ] as const)
        constants.push(floats(`${name}${i}`, [4], random(4, low, high)))
      return [
        node('Conv', [x, `k${i}`], [`c${i}`], [attribute.ints('pads', [1, 1, 1, 1])]),
        node('BatchNormalization', [`c${i}`, `s${i}`, `t${i}`, `m${i}`, `v${i}`], [`n${i}`]),
        node('Relu', [`n${i}`], [`r${i}`]),
      ]
    }
    const nodes = [
      ...block(0, 'x', 2),
      ...block(1, 'r0', 4),
      node('Add', ['r0', 'r1'], ['sum']),
      node('GlobalAveragePool', ['sum'], ['pool']),
      node('Flatten', ['pool'], ['flat']),
      node('Gemm', ['flat', 'w', 'b'], ['y'], [attribute.int('transB', 1)]),
    ]
    const { ir, report } = compile(onnx(nodes, { x: ['N', 2, 6, 6], constants }), { calibration: sampled(72, 20) })
    expect(ir.nodes.map(({ op }) => op)).toEqual(['Conv', 'Conv', 'Affine', 'AvgPool', 'Reshape', 'Gemm'])
    expect(report.outputs[0]!.rms).toBeLessThan(5e-4)
    expect(report.outputs[0]!.argmax).toBe(1)
  })
})

describe('damaged files', () => {
  it('are compiled or refused with a typed error', () => {
    const files = ['credit_logistic_12', 'credit_logistic_12_ml', 'volatility_mlp_16_32_32_1'].map(
      (name) => new Uint8Array(readFileSync(new URL(`../../../../models/${name}/model.onnx`, import.meta.url))),
    )
    const change = fc.record({ at: fc.nat(), byte: fc.oneof(fc.nat(8), fc.nat(255)) })
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.array(change, { minLength: 1, maxLength: 4 }), (file, changes) => {
        const bytes = file.slice()
        for (const { at, byte } of changes) bytes[at % Math.min(bytes.length, 600)] = byte
        try {
          compile(bytes)
        } catch (error) {
          if (!isOgError(error)) throw error
        }
      }),
      { numRuns: 150 },
    )
  })
})

describe('outputs that the caller finishes', () => {
  it('prove the logits of a final softmax, or the softmax itself when asked', () => {
    const nodes = [node('MatMul', ['x', 'w'], ['l']), node('Softmax', ['l'], ['y'])]
    const bytes = onnx(nodes, { constants: [floats('w', [4, 2], [1, -1, 0.5, 0.25, 2, -0.5, 1, 1])] })
    const outside = compile(bytes, { calibration: sampled(4, 30) })
    expect(outside.ir.nodes.map(({ op }) => op)).toEqual(['Gemm'])
    expect(outside.report.outputs[0]!.rms).toBeLessThan(2e-4)
    const inside = compile(bytes, { calibration: sampled(4, 30), softmax: 'circuit' })
    expect(inside.ir.nodes.map(({ op }) => op)).toEqual(['Gemm', 'Softmax'])
    expect(inside.report.outputs[0]!.rms).toBeLessThan(2e-3)
    const x = [1, -0.5, 0.25, 2]
    for (const [i, p] of answers(inside, x).entries()) expect(Number(p)).toBeCloseTo(Number(answers(outside, x)[i]), 2)
  })

  it('pick labels and complement probabilities of a linear classifier, several samples at once', () => {
    const classifier = node(
      'LinearClassifier',
      ['x'],
      ['y', 'p'],
      [
        attribute.floats('coefficients', [1, -1, 0, 0]),
        attribute.floats('intercepts', [0.5]),
        attribute.texts('classlabels_strings', ['no', 'yes']),
        attribute.text('post_transform', 'LOGISTIC'),
      ],
      'ai.onnx.ml',
    )
    const bytes = model({ nodes: [classifier], inputs: [value('x', ['N', 4])], outputs: [value('y', ['N']), value('p', ['N', 2])] })
    const compiled = compile(bytes, { calibration: sampled(4, 20) })
    expect(answers(compiled, [1, 0, 0, 0, 0, 1, 0, 0], 2)).toEqual(['yes', 'no'])
    expect(compiled.report.notes.join()).toContain('the caller picks the label')
  })
})

describe('classifiers give the labels and probabilities of onnxruntime', () => {
  const x = [0.3, 0.1, -1, 2, 3, -1, 0.9, 0.1, -3, -3]
  const run = (classifier: Bytes): [unknown, number[]] => {
    const bytes = model({ nodes: [classifier], inputs: [value('x', ['N', 2])], outputs: [value('y', ['N'], 7), value('p', ['N', 2])] })
    const compiled = compile(bytes, { calibration: { rows: 5, inputs: { x } } })
    const { ir, weights, io } = compiled
    const trace = interpret(ir, weights, encodeInputs(ir, io, { x }, 5), { batch: 5 })
    const { y, p } = decodeOutputs(
      ir,
      io,
      ir.outputs.map((id) => trace.tensors[id]!),
    )
    return [y, p!.slice(0, 6).map((v) => Math.round(Number(v) * 1000) / 1000)]
  }
  const linear = (post: string): Bytes =>
    node(
      'LinearClassifier',
      ['x'],
      ['y', 'p'],
      [
        attribute.floats('coefficients', [1, -1]),
        attribute.floats('intercepts', [0.1]),
        attribute.ints('classlabels_ints', [4, 7]),
        attribute.text('post_transform', post),
      ],
      'ai.onnx.ml',
    )
  const tree = (post: string, low: number, base: readonly number[] = []): Bytes =>
    node(
      'TreeEnsembleClassifier',
      ['x'],
      ['y', 'p'],
      [
        attribute.ints('nodes_treeids', [0, 0, 0]),
        attribute.ints('nodes_nodeids', [0, 1, 2]),
        attribute.ints('nodes_featureids', [0, 0, 0]),
        attribute.floats('nodes_values', [0.5, 0, 0]),
        attribute.texts('nodes_modes', ['BRANCH_LEQ', 'LEAF', 'LEAF']),
        attribute.ints('nodes_truenodeids', [1, 0, 0]),
        attribute.ints('nodes_falsenodeids', [2, 0, 0]),
        attribute.ints('class_treeids', [0, 0]),
        attribute.ints('class_nodeids', [1, 2]),
        attribute.ints('class_ids', [0, 0]),
        attribute.floats('class_weights', [low, 0.8]),
        attribute.ints('classlabels_int64s', [4, 7]),
        attribute.text('post_transform', post),
        ...(base.length > 0 ? [attribute.floats('base_values', base)] : []),
      ],
      'ai.onnx.ml',
    )

  it('with one linear score for two classes', () => {
    expect(run(linear('NONE'))).toEqual([
      [7, 4, 7, 7, 7],
      [0.7, 0.3, 3.9, -2.9, -3.1, 4.1],
    ])
    expect(run(linear('SOFTMAX'))).toEqual([
      [7, 4, 7, 7, 7],
      [0.7, 0.3, 3.9, -2.9, -3.1, 4.1],
    ])
    expect(run(linear('LOGISTIC'))).toEqual([
      [7, 4, 7, 7, 7],
      [0.426, 0.574, 0.948, 0.052, 0.016, 0.984],
    ])
  })

  it('with one score of trees for two classes, read as a probability when no weight is negative', () => {
    expect(run(tree('NONE', 0.2))).toEqual([
      [4, 4, 7, 7, 4],
      [0.8, 0.2, 0.8, 0.2, 0.2, 0.8],
    ])
    expect(run(tree('NONE', 0.2, [0.1]))).toEqual([
      [4, 4, 7, 7, 4],
      [0.7, 0.3, 0.7, 0.3, 0.1, 0.9],
    ])
    expect(run(tree('LOGISTIC', 0.2))).toEqual([
      [4, 4, 7, 7, 4],
      [0.45, 0.55, 0.45, 0.55, 0.31, 0.69],
    ])
    expect(run(tree('NONE', -0.2))).toEqual([
      [4, 4, 7, 7, 4],
      [0.2, -0.2, 0.2, -0.2, -0.8, 0.8],
    ])
    expect(run(tree('SOFTMAX', -0.2))).toEqual([
      [4, 4, 7, 7, 4],
      [0.2, -0.2, 0.2, -0.2, -0.8, 0.8],
    ])
    expect(run(tree('LOGISTIC', -0.2, [-0.7]))).toEqual([
      [4, 4, 7, 7, 4],
      [0.711, 0.289, 0.711, 0.289, 0.475, 0.525],
    ])
  })

  it('refuse leaves and bases that are infinite or no number', () => {
    for (const wrong of [tree('NONE', Infinity), tree('NONE', 0.2, [NaN])])
      expect(thrown(() => run(wrong))).toMatchObject({
        code: 'ZK_UNSUPPORTED_OP',
        message: 'TreeEnsembleClassifier "y": a constant that is infinite or no number',
      })
  })
})

describe('trees', () => {
  /** One tree: feature 0 against 0.5, `mode` deciding, leaves 1 (true) and 2 (false). */
  const tree = (mode: string): Uint8Array =>
    onnx(
      [
        node(
          'TreeEnsembleRegressor',
          ['x'],
          ['y'],
          [
            attribute.ints('nodes_treeids', [0, 0, 0]),
            attribute.ints('nodes_nodeids', [0, 1, 2]),
            attribute.ints('nodes_featureids', [0, 0, 0]),
            attribute.floats('nodes_values', [0.5, 0, 0]),
            attribute.texts('nodes_modes', [mode, 'LEAF', 'LEAF']),
            attribute.ints('nodes_truenodeids', [1, 0, 0]),
            attribute.ints('nodes_falsenodeids', [2, 0, 0]),
            attribute.ints('target_treeids', [0, 0]),
            attribute.ints('target_nodeids', [1, 2]),
            attribute.ints('target_ids', [0, 0]),
            attribute.floats('target_weights', [1, 2]),
          ],
          'ai.onnx.ml',
        ),
      ],
      { x: ['N', 4] },
    )

  it('decide at the threshold and at its neighbours exactly as each comparison says', () => {
    const below = 0.5 - 2 ** -25
    const above = 0.5 + 2 ** -24
    const compare: Record<string, (v: number) => boolean> = {
      BRANCH_LEQ: (v) => v <= 0.5,
      BRANCH_LT: (v) => v < 0.5,
      BRANCH_GT: (v) => v > 0.5,
      BRANCH_GTE: (v) => v >= 0.5,
    }
    for (const [mode, test] of Object.entries(compare)) {
      const compiled = compile(tree(mode))
      for (const v of [below, 0.5, above, -0, 1e30, -1e30]) expect(answers(compiled, [v, 0, 0, 0])).toEqual([test(v) ? 1 : 2])
    }
    expect(thrown(() => compile(tree('BRANCH_EQ'))).message).toContain('comparison BRANCH_EQ')
  })

  it('refuse features that are computed', () => {
    const scaled = model({
      nodes: [node('Relu', ['x'], ['h']), node('TreeEnsembleRegressor', ['h'], ['y'], [], 'ai.onnx.ml')],
      inputs: [value('x', ['N', 4])],
      outputs: [value('y', ['N', 1])],
    })
    expect(thrown(() => compile(scaled)).message).toContain('trees read a graph input')
  })
})

describe('limbs', () => {
  const relu = (width: number, limb?: 8 | 16) =>
    compile(onnx([node('Relu', ['x'], ['y'])], { x: ['N', width] }), { calibration: sampled(width, 1), ...(limb && { limb }) }).ir.limb

  it('are of the bits that give the shorter proof: 8, and 16 for models of very many activations', () => {
    expect([4, 10_000, 150_000].map((width) => relu(width))).toEqual([8, 8, 16])
    expect([relu(4, 16), relu(150_000, 8)]).toEqual([16, 8])
  })
})

describe('random networks', () => {
  const layer = fc.constantFrom('Relu', 'LeakyRelu', 'Sigmoid', 'Tanh', 'Add', 'Mul', 'MatMul', 'Abs', 'Neg', 'HardSigmoid', 'Clip')

  // Where answers cancel to nearly nothing they do not, and the model is refused.
  it(`keep the answers of the float model, for one seed (${SEED})`, () => {
    fc.assert(
      fc.property(fc.array(layer, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 1000 }), (ops, seed) => {
        const next = prng(seed)
        const constants: Bytes[] = [floats('lo', [], [-1]), floats('hi', [], [1.5])]
        const nodes = ops.map((op, i) => {
          const operands = [i === 0 ? 'x' : `h${i - 1}`]
          const out = [i === ops.length - 1 ? 'y' : `h${i}`]
          if (op === 'Clip') return node(op, [...operands, 'lo', 'hi'], out)
          if (op === 'Add' || op === 'Mul' || op === 'MatMul') {
            const dims = op === 'MatMul' ? [4, 4] : [4]
            constants.push(
              floats(
                `c${i}`,
                dims,
                Float32Array.from({ length: op === 'MatMul' ? 16 : 4 }, () => 0.3 + next()),
              ),
            )
            operands.push(`c${i}`)
          }
          return node(op, operands, out)
        })
        const { report } = compile(onnx(nodes, { constants }), { calibration: sampled(4, 24), maxRms: 0.01 })
        expect(report.outputs[0]!.rms).toBeLessThan(3e-3)
      }),
      { seed: SEED, numRuns: 120 },
    )
  })
})
