/*
 * Three models written on the spot, so that the benchmark needs nothing but the repository: how long a run takes is what matters about them.
 */

export interface BenchModel {
  readonly name: 'tiny' | 'wide' | 'slow'
  readonly bytes: Uint8Array
  /** Floats of one request. */
  readonly width: number
  readonly outputs: number
}

/** A perceptron of 16-32-32-1: about 6 µs a run. */
export const tiny = (): BenchModel => ({ name: 'tiny', width: 16, outputs: 1, bytes: perceptron([16, 32, 32, 1]) })

/** 3,072 floats in (a small picture), 10 out. */
export const wide = (): BenchModel => ({ name: 'wide', width: 3072, outputs: 10, bytes: perceptron([3072, 10]) })

/** `layers` products with one 256 × 256 matrix, of the requests and answers of `tiny`: the caller finds how many take a millisecond here. */
export const slow = (layers: number): BenchModel => ({ name: 'slow', width: 16, outputs: 1, bytes: chain(16, 256, layers) })

/** Dense layers of these sizes with ReLU between them. `wave`: what becomes weights, over the root of the inputs. */
export function perceptron(sizes: readonly number[], wave: (k: number) => number = Math.sin): Uint8Array {
  const nodes: Uint8Array[] = []
  const weights: Uint8Array[] = []
  let value = 'x'
  for (let i = 0; i + 1 < sizes.length; i++) {
    const [rows, columns] = [sizes[i]!, sizes[i + 1]!]
    weights.push(
      tensor(
        `w${i}`,
        [rows, columns],
        Float32Array.from({ length: rows * columns }, (_, k) => wave(k + i) / Math.sqrt(rows)),
      ),
    )
    const last = i + 2 === sizes.length
    nodes.push(node('MatMul', [value, `w${i}`], [last ? 'y' : `h${i}`]))
    if (!last) nodes.push(node('Relu', [`h${i}`], [`r${i}`]))
    value = `r${i}`
  }
  return model(nodes, weights, sizes[0]!, sizes.at(-1)!)
}

/** `wide` in the middle. The matrix there is a rotation of coordinates, so that numbers neither grow nor fade over many layers. */
function chain(width: number, wide: number, layers: number): Uint8Array {
  const matrix = (name: string, rows: number, columns: number, value: (row: number, column: number) => number) =>
    tensor(
      name,
      [rows, columns],
      Float32Array.from({ length: rows * columns }, (_, k) => value(Math.floor(k / columns), k % columns)),
    )
  const tensors = [
    matrix('first', width, wide, (row, column) => (column % width === row ? 1 : 0)),
    matrix('turn', wide, wide, (row, column) => (column === (row + 1) % wide ? 1 : 0)),
    matrix('last', wide, 1, () => 1 / wide),
  ]
  const middle = Array.from({ length: layers }, (_, i) => node('MatMul', [`h${i}`, 'turn'], [`h${i + 1}`]))
  return model([node('MatMul', ['x', 'first'], ['h0']), ...middle, node('MatMul', [`h${layers}`, 'last'], ['y'])], tensors, width, 1)
}

function model(nodes: readonly Uint8Array[], weights: readonly Uint8Array[], width: number, outputs: number): Uint8Array {
  const graph = join(
    ...nodes.map((n) => block(1, n)),
    block(2, 'g'),
    ...weights.map((w) => block(5, w)),
    block(11, info('x', width)),
    block(12, info('y', outputs)),
  )
  return join(int(1, 8), block(8, join(block(1, ''), int(2, 17))), block(7, graph))
}

function node(op: string, inputs: readonly string[], outputs: readonly string[]): Uint8Array {
  return join(...inputs.map((name) => block(1, name)), ...outputs.map((name) => block(2, name)), block(4, op))
}

function tensor(name: string, dims: readonly number[], values: Float32Array): Uint8Array {
  return join(...dims.map((dim) => int(1, dim)), int(2, 1), block(8, name), block(9, new Uint8Array(values.buffer)))
}

function info(name: string, width: number): Uint8Array {
  return join(block(1, name), block(2, block(1, join(int(1, 1), block(2, join(block(1, block(2, 'N')), block(1, int(1, width))))))))
}

function varint(value: number): Uint8Array {
  const out: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...out, rest])
    out.push((rest % 128) + 128)
  }
}

const int = (field: number, value: number): Uint8Array => join(varint(field * 8), varint(value))
const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
const block = (field: number, value: Uint8Array | string): Uint8Array => {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return join(varint(field * 8 + 2), varint(bytes.length), bytes)
}
