import { unsupported } from '../errors.ts'
import { MARGIN } from '../real/input.ts'
import type { RealNode } from '../real/types.ts'
import type { Refusals } from '../refusals.ts'

/** Largest and least scale of a tensor. SPEC 2.1. */
const MAX_F = 40
const INT16 = 32767

/** Kinds whose result has the integers of their operands: one scale for all of them. */
const SAME_SCALE = new Set(['clip', 'maxpool', 'transpose', 'concat', 'gather', 'pad'])

/**
 * A scale f per node (value = integer · 2^-f): the largest at which `margin` times the calibrated range fits int16, shared by nodes that only
 * move integers. Scales that a node fixes (tables, softmax, indices) win; values outside then saturate. What cannot share a scale goes to
 * `refusals`.
 */
export function scalesOf(nodes: readonly RealNode[], ranges: readonly number[], live: ReadonlySet<number>, refusals: Refusals): number[] {
  const parent = nodes.map((_, i) => i)
  const find = (i: number): number => {
    let root = i
    while (parent[root] !== root) root = parent[root]!
    return root
  }
  for (const id of live) {
    const node = nodes[id]!
    if (SAME_SCALE.has(node.op.kind)) for (const x of node.inputs) parent[find(x.id)] = find(id)
  }
  const range = new Map<number, number>()
  const fixed = new Map<number, number>()
  for (const id of live) {
    const node = nodes[id]!
    const root = find(id)
    const own = node.op.kind === 'pad' ? Math.max(ranges[id]!, Math.abs(node.op.value)) : ranges[id]!
    range.set(root, Math.max(range.get(root) ?? 0, own * (bounded(node) ? 1 : MARGIN)))
    const f = fixedScale(node)
    if (f === undefined) continue
    if ((fixed.get(root) ?? f) !== f)
      refusals.add(unsupported(node.from.op, node.from.node, 'it joins values whose scales are fixed differently'))
    fixed.set(root, f)
  }
  return nodes.map((node, id) => {
    const root = find(id)
    const f = fixed.get(root)
    const max = range.get(root) ?? 0
    // A softmax or an index joined with larger values would cut them off.
    if (f !== undefined && node.f === undefined && SAME_SCALE.has(node.op.kind) && max * 2 ** f > INT16)
      refusals.add(unsupported(node.from.op, node.from.node, 'it joins probabilities or indices with larger values'))
    return f ?? scaleFor(max, MAX_F)
  })
}

/** Results that cannot leave their calibrated range by much need no margin. */
function bounded(node: RealNode): boolean {
  return node.op.kind === 'pwl' || node.op.kind === 'softmax'
}

function fixedScale(node: RealNode): number | undefined {
  if (node.op.kind === 'softmax') return 14
  if (node.op.kind === 'argmax' || node.op.kind === 'keys') return 0
  return node.f
}

/** Largest f ≤ `most` with `max · 2^f` ≤ 32767; 14 for 0. */
export function scaleFor(max: number, most: number): number {
  if (max === 0) return Math.min(14, most)
  let f = most
  while (f > -MAX_F && max * 2 ** f > INT16) f--
  return f
}

/** floor(x + 1/2) as an integer. */
export function round(x: number): number {
  return Math.floor(x + 0.5) + 0
}

/** floor(x · 2^e + 1/2) of a double, exactly, as a BigInt. */
export function roundBig(x: number, e: number): bigint {
  const scaled = x * 2 ** e
  if (Math.abs(scaled) < 2 ** 52) return BigInt(Math.floor(scaled + 0.5))
  return BigInt(scaled)
}
