import { OgError } from '@opengradient/protocol'
import { cellsOf, sameAxes } from './axes.ts'
import { badIr } from './fail.ts'
import { BIAS_LIMIT, MAX_CELLS, MAX_TREE_ROWS, MAX_WEIGHTS_BYTES } from './limits.ts'
import { isRaw } from './ops/op.ts'
import { checkAttributes, siteOf } from './ops/site.ts'
import type { Ir, Weights } from './types.ts'
import { checkLengths, weightsByteLength } from './values.ts'

/**
 * The validity rules of an integer model that join its parts (SPEC 2.1, 2.4): each refuses `ZK_BAD_IR` with the place. What
 * concerns one field (kinds, ranges, counts) is refused by `decodeIr` before. Allocates nothing that grows with a shape.
 */
export function checkIr(ir: Ir): void {
  checkTensors(ir)
  checkWeightMetas(ir)
  const defined = checkInputs(ir)
  for (const index of ir.nodes.keys()) checkNode(ir, index, defined)
  const missing = ir.tensors.findIndex((_, id) => !defined.has(id))
  if (missing >= 0) badIr(`tensors[${missing}]`, 'is defined by nothing')
  checkOutputs(ir)
}

function checkTensors({ tensors, tables }: Ir): void {
  for (const [i, { id, axes }] of tensors.entries()) {
    if (id !== i) badIr(`tensors[${i}].id`, `is ${id}, not ${i}`)
    if (cellsOf(axes) > MAX_CELLS) badIr(`tensors[${i}].axes`, `have over ${MAX_CELLS} cells`)
  }
  for (const [i, { id }] of tables.entries()) if (id !== i) badIr(`tables[${i}].id`, `is ${id}, not ${i}`)
}

function checkWeightMetas({ weights }: Ir): void {
  for (const [i, { id, axes, f }] of weights.entries()) {
    if (id !== i) badIr(`weights[${i}].id`, `is ${id}, not ${i}`)
    if (cellsOf(axes) > MAX_CELLS) badIr(`weights[${i}].axes`, `have over ${MAX_CELLS} cells`)
    if (typeof f !== 'number' && f.length !== axes[0]) badIr(`weights[${i}].f`, `has ${f.length} scales for ${axes[0]} channels`)
  }
  if (weightsByteLength(weights) > MAX_WEIGHTS_BYTES) badIr('weights', `have over ${MAX_WEIGHTS_BYTES} bytes`)
}

/** The ids defined so far: those of the inputs. */
function checkInputs({ inputs, tensors }: Ir): Set<number> {
  const defined = new Set<number>()
  for (const [i, id] of inputs.entries()) {
    const tensor = tensors[id] ?? badIr(`inputs[${i}]`, `names tensor ${id}, which does not exist`)
    if (defined.has(id)) badIr(`inputs[${i}]`, `names tensor ${id} again`)
    if (tensor.dt === 'i64') badIr(`inputs[${i}]`, 'is i64')
    if (tensor.dt === 'i32' && tensor.f !== 0) badIr(`inputs[${i}]`, `is i32 with scale ${tensor.f}, not 0`)
    defined.add(id)
  }
  return defined
}

function checkNode(ir: Ir, index: number, defined: Set<number>): void {
  const { site, rule } = siteOf(ir, index)
  const { node, place, out } = site
  for (const id of node.in) if (!defined.has(id)) badIr(place, `reads tensor ${id} before it is defined`)
  if (defined.has(out.id)) badIr(place, `defines tensor ${out.id} again`)
  checkCount(place, 'inputs', node.in.length, rule.inputs)
  checkCount(place, 'weights', node.w.length, rule.weights)
  checkAttributes(site, rule)
  const { axes, dt } = rule.yields(site)
  const type = isRaw(node) ? 'i64' : dt
  if (!sameAxes(axes, out.axes)) badIr(place, `yields axes [${axes}]; tensor ${out.id} has [${out.axes}]`)
  if (type !== out.dt) badIr(place, `yields ${type}; tensor ${out.id} is ${out.dt}`)
  defined.add(out.id)
}

function checkCount(place: string, what: string, count: number, [min, max]: readonly [number, number]): void {
  if (count < min || count > max) badIr(place, `has ${count} ${what}, not ${min === max ? min : `${min} to ${max}`}`)
}

function checkOutputs({ inputs, outputs, tensors, nodes }: Ir): void {
  for (const [i, id] of outputs.entries()) {
    if (tensors[id] === undefined) badIr(`outputs[${i}]`, `names tensor ${id}, which does not exist`)
    if (inputs.includes(id)) badIr(`outputs[${i}]`, `is the input ${id}`)
    if (outputs.indexOf(id) !== i) badIr(`outputs[${i}]`, `names tensor ${id} again`)
  }
  for (const { out } of nodes) {
    if (tensors[out]!.dt === 'i64' && !outputs.includes(out)) badIr(`tensors[${out}]`, 'is i64 but not an output')
  }
}

/**
 * Refuses weights that the model cannot use: `ZK_BAD_WEIGHTS` if they have other types or lengths than declared, `ZK_BAD_IR` if
 * they are not of the form that an operator asks for (trees), `ZK_LIMIT` for more nodes of trees than any program has rows: each ensemble
 * reads its whole table. For committed weights only their owner can call this.
 */
export function checkWeights(ir: Ir, weights: Weights): void {
  checkLengths(ir.weights, weights)
  checkTreeRows(ir)
  for (const index of ir.nodes.keys()) {
    const { site, rule } = siteOf(ir, index)
    rule.checkWeights?.(site, weights)
  }
}

/**
 * Refuses, `ZK_BAD_WEIGHTS`, what bounds of committed weights do not presume (SPEC 2.5): a bias outside ±2^47. With one, answers to some inputs have a
 * proof and answers to others have none. Only the owner of committed weights can call this.
 */
export function checkPresumed({ nodes, weights: metas }: Ir, weights: Weights): void {
  for (const id of new Set(nodes.flatMap(({ op, w }) => (op === 'TreeEnsemble' ? [] : w)))) {
    if (metas[id]!.dt !== 'i64') continue
    const outside = (weights[id] as BigInt64Array).find((b) => b < -BIAS_LIMIT || b >= BIAS_LIMIT)
    if (outside === undefined) continue
    throw new OgError(
      'ZK_BAD_WEIGHTS',
      `Weight ${id} has the bias ${outside}, outside ±2^47: with committed weights some answers would have no proof.`,
      {
        details: { weight: id, value: outside },
      },
    )
  }
}

function checkTreeRows({ nodes, weights }: Ir): void {
  const rows = nodes.reduce((sum, { op, w }) => (op === 'TreeEnsemble' ? sum + cellsOf(weights[w[0]!]!.axes) : sum), 0)
  if (rows <= MAX_TREE_ROWS) return
  throw new OgError(
    'ZK_LIMIT',
    `The tree ensembles have ${rows} nodes together, over the limit of ${MAX_TREE_ROWS}. Use a smaller model.`,
    {
      details: { rows, limit: MAX_TREE_ROWS },
    },
  )
}
