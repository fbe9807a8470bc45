import { cells } from '../real/types.ts'
import type { Decode, Link, Value } from '../real/value.ts'
import type { Call, Rules } from './call.ts'
import { dense } from './linear.ts'

/** Operators of the domain ai.onnx.ml without trees. */
export const classical: Rules = {
  'ai.onnx.ml:Scaler': (c) => [scaler(c)],
  'ai.onnx.ml:LinearRegressor': (c) => [scores(c, 'targets').value],
  'ai.onnx.ml:LinearClassifier': linearClassifier,
  'ai.onnx.ml:Normalizer': (c) => c.refuse(`norm ${c.text('norm', 'MAX')} divides by a computed value`),
  // Keys of the map are the labels, which the decoded output lists; the columns stay as they are.
  'ai.onnx.ml:ZipMap': (c) => [c.operand(0)],
}

/** (x − offset)·scale per column. */
function scaler(c: Call): Value {
  const x = c.var(0)
  const shape = c.b.sample(x)
  const n = shape.at(-1)!
  const column = (name: string, otherwise: number): Float64Array => {
    const values = Float64Array.from(c.numbers(name) ?? [otherwise])
    if (values.length !== n && values.length !== 1) c.refuse(`${values.length} values of ${name} for ${n} columns`)
    return values.length === n ? values : new Float64Array(n).fill(values[0]!)
  }
  const scale = column('scale', 1)
  const offset = column('offset', 0)
  const view = [cells(shape) / n, n]
  return c.b.value(
    c.b.affine(
      { id: x.id, shape: view },
      1,
      scale,
      scale.map((s, i) => -s * offset[i]!),
    ),
    shape,
  )
}

/** Rows of features times coefficients: `[rows, C]`. */
function scores(c: Call, count: string | undefined): { value: Extract<Value, { kind: 'var' }>; columns: number } {
  const x = c.var(0)
  const { b } = c
  const shape = b.sample(x)
  const K = shape.at(-1)!
  const W = Float64Array.from(c.numbers('coefficients') ?? [])
  const O = count === undefined ? W.length / K : c.number(count, 1)
  if (W.length !== O * K) c.refuse(`${W.length} coefficients for ${K} features`)
  const bias = Float64Array.from(c.numbers('intercepts') ?? new Float64Array(O))
  if (bias.length !== O) c.refuse(`${bias.length} intercepts for ${O} columns`)
  if (count !== undefined && c.text('post_transform', 'NONE') !== 'NONE') c.refuse('a post_transform of a regressor')
  const T = cells(shape) / K
  const result = dense(c, x, T, K, O, W, bias)
  return { value: b.value(result, b.batch === undefined ? [T, O] : [O]), columns: O }
}

function linearClassifier(c: Call): readonly Value[] {
  const { value, columns } = scores(c, undefined)
  const labels = labelsOf(c, 'classlabels_ints', 'classlabels_strings')
  const binary = columns === 1 && labels.length === 2
  if (labels.length !== columns && !binary) return c.refuse(`${labels.length} labels for ${columns} scores`)
  const link = linkOf(c)
  if (!binary) return decoded(value, { kind: 'label', columns, labels }, { kind: 'link', link, columns }, labels.length)
  // One score for two classes: runtimes apply the logistic function to it, but no softmax, and complement it in any case.
  const scored: Decode = { kind: 'link', link: link === 'softmax' ? 'none' : link, columns, binary: 'complement' }
  return decoded(value, { kind: 'label', columns, labels, threshold: 0 }, scored, 2)
}

/** Labels of a classifier, whichever type they have. */
export function labelsOf(c: Call, ints: string, strings: string): readonly (number | string)[] {
  const numbers = c.numbers(ints) ?? []
  const labels = numbers.length > 0 ? numbers : c.texts(strings)
  return labels.length > 0 ? labels : c.refuse('it lists no labels')
}

/** What the caller applies to scores. */
export function linkOf(c: Call): Link {
  const transform = c.text('post_transform', 'NONE')
  if (transform === 'NONE') return 'none'
  if (transform === 'LOGISTIC') return 'logistic'
  return transform === 'SOFTMAX' ? 'softmax' : c.refuse(`post_transform ${transform}`)
}

/** The two outputs of a classifier: label and scores, both computed by the caller from proven scores. */
export function decoded(value: Extract<Value, { kind: 'var' }>, label: Decode, scores: Decode, classes: number): readonly Value[] {
  const rows = value.shape.slice(0, -1)
  return [
    { kind: 'derived', id: value.id, shape: rows, decode: label },
    { kind: 'derived', id: value.id, shape: [...rows, classes], decode: scores },
  ]
}
