import type { Samples } from './calibrate.ts'
import { attribute, type Bytes, floats, model, node, value } from './onnx/writer.testkit.ts'
import { prng } from './prng.ts'

/** A model of the benchmark table as ONNX, with sample inputs. Weights come from a fixed generator: same bytes on every machine. */
export interface BenchModel {
  readonly onnx: Uint8Array
  readonly samples: Samples
}

/** The five models of the benchmark table, made when asked for. */
export const BENCH_MODELS = {
  mlp_16_32_32_1: () => mlp([16, 32, 32, 1], 1),
  mnist_mlp: () => mlp([784, 128, 10], 2),
  lenet,
  trees_100x6: () => trees(100, 6, 20),
  dense_4m: () => mlp([1024, 1024, 1024, 1024, 1024], 3, 4),
} as const satisfies Record<string, () => BenchModel>

export type BenchName = keyof typeof BENCH_MODELS

/** Uniform in [−1, 1] times `scale`. */
function weights(next: () => number, n: number, scale: number): Float32Array {
  return Float32Array.from({ length: n }, () => (2 * next() - 1) * scale)
}

function samplesOf(next: () => number, size: number, rows: number): Samples {
  return { rows, inputs: { x: Float32Array.from({ length: size * rows }, () => next()) } }
}

/** Dense layers of these widths with ReLU between them. */
export function mlp(widths: readonly number[], seed: number, rows = 16): BenchModel {
  const next = prng(seed)
  const constants: Bytes[] = []
  const nodes: Bytes[] = []
  let at = 'x'
  for (const [i, width] of widths.slice(1).entries()) {
    const before = widths[i]!
    constants.push(floats(`w${i}`, [width, before], weights(next, width * before, Math.sqrt(6 / before))))
    constants.push(floats(`b${i}`, [width], weights(next, width, 0.1)))
    const last = i === widths.length - 2
    nodes.push(node('Gemm', [at, `w${i}`, `b${i}`], [last ? 'y' : `h${i}`], [attribute.int('transB', 1)]))
    at = `r${i}`
    if (!last) nodes.push(node('Relu', [`h${i}`], [at]))
  }
  const onnx = model({
    nodes,
    constants,
    inputs: [value('x', ['N', widths[0]!])],
    outputs: [value('y', ['N', widths.at(-1)!])],
  })
  return { onnx, samples: samplesOf(next, widths[0]!, rows) }
}

/** LeNet-5 over 28×28: two convolutions with max pools, three dense layers. */
function lenet(): BenchModel {
  const next = prng(4)
  const layer = (name: string, dims: readonly number[]): Bytes[] => {
    const fan = dims.slice(1).reduce((a, b) => a * b, 1)
    return [
      floats(`w${name}`, dims, weights(next, dims[0]! * fan, Math.sqrt(6 / fan))),
      floats(`b${name}`, [dims[0]!], weights(next, dims[0]!, 0.1)),
    ]
  }
  const constants = [
    ...layer('1', [6, 1, 5, 5]),
    ...layer('2', [16, 6, 5, 5]),
    ...layer('3', [120, 400]),
    ...layer('4', [84, 120]),
    ...layer('5', [10, 84]),
  ]
  const pool = [attribute.ints('kernel_shape', [2, 2]), attribute.ints('strides', [2, 2])]
  const transposed = [attribute.int('transB', 1)]
  const nodes = [
    node('Conv', ['x', 'w1', 'b1'], ['c1'], [attribute.ints('pads', [2, 2, 2, 2])]),
    node('Relu', ['c1'], ['r1']),
    node('MaxPool', ['r1'], ['p1'], pool),
    node('Conv', ['p1', 'w2', 'b2'], ['c2']),
    node('Relu', ['c2'], ['r2']),
    node('MaxPool', ['r2'], ['p2'], pool),
    node('Flatten', ['p2'], ['f']),
    node('Gemm', ['f', 'w3', 'b3'], ['d3'], transposed),
    node('Relu', ['d3'], ['r3']),
    node('Gemm', ['r3', 'w4', 'b4'], ['d4'], transposed),
    node('Relu', ['d4'], ['r4']),
    node('Gemm', ['r4', 'w5', 'b5'], ['y'], transposed),
  ]
  const onnx = model({ nodes, constants, inputs: [value('x', ['N', 1, 28, 28])], outputs: [value('y', ['N', 10])] })
  return { onnx, samples: samplesOf(next, 784, 16) }
}

/** A regression forest: full trees of one depth over features in [0, 1]. */
export function trees(count: number, depth: number, features: number): BenchModel {
  const next = prng(5)
  const nodes = 2 ** (depth + 1) - 1
  const inner = 2 ** depth - 1
  const all = Array.from({ length: count * nodes }, (_, i) => ({ tree: Math.floor(i / nodes), id: i % nodes }))
  const branch = (id: number): boolean => id < inner
  const leaves = all.filter(({ id }) => !branch(id))
  const forest = node(
    'TreeEnsembleRegressor',
    ['x'],
    ['y'],
    [
      attribute.int('n_targets', 1),
      attribute.ints(
        'nodes_treeids',
        all.map(({ tree }) => tree),
      ),
      attribute.ints(
        'nodes_nodeids',
        all.map(({ id }) => id),
      ),
      attribute.ints(
        'nodes_featureids',
        all.map(({ id }) => (branch(id) ? Math.floor(next() * features) : 0)),
      ),
      attribute.floats(
        'nodes_values',
        all.map(({ id }) => (branch(id) ? next() : 0)),
      ),
      attribute.texts(
        'nodes_modes',
        all.map(({ id }) => (branch(id) ? 'BRANCH_LEQ' : 'LEAF')),
      ),
      attribute.ints(
        'nodes_truenodeids',
        all.map(({ id }) => (branch(id) ? 2 * id + 1 : 0)),
      ),
      attribute.ints(
        'nodes_falsenodeids',
        all.map(({ id }) => (branch(id) ? 2 * id + 2 : 0)),
      ),
      attribute.ints(
        'target_treeids',
        leaves.map(({ tree }) => tree),
      ),
      attribute.ints(
        'target_nodeids',
        leaves.map(({ id }) => id),
      ),
      attribute.ints(
        'target_ids',
        leaves.map(() => 0),
      ),
      attribute.floats(
        'target_weights',
        leaves.map(() => 2 * next() - 1),
      ),
    ],
    'ai.onnx.ml',
  )
  const onnx = model({ nodes: [forest], inputs: [value('x', ['N', features])], outputs: [value('y', ['N', 1])] })
  return { onnx, samples: samplesOf(next, features, 16) }
}
