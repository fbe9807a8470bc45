import { badIr } from '../fail.ts'
import type { Ir } from '../types.ts'
import { type AttributeTable, RAW, REQUANT } from './attributes.ts'
import type { OpRule, Site } from './op.ts'
import { ruleOf } from './registry.ts'

/** Node number `index` of an integer model with the tensors and weights that it names, and its operator's rule. */
export function siteOf(ir: Ir, index: number): { site: Site; rule: OpRule } {
  const node = ir.nodes[index] ?? badIr(`nodes[${index}]`, 'does not exist')
  const place = `nodes[${index}] ${node.op.slice(0, 32)}`
  const rule = ruleOf(node.op) ?? badIr(place, 'is not an operator of the integer model')
  const tensor = (id: number) => ir.tensors[id] ?? badIr(place, `names tensor ${id}, which does not exist`)
  const weight = (id: number) => ir.weights[id] ?? badIr(place, `names weight ${id}, which does not exist`)
  return { rule, site: { ir, node, place, x: node.in.map(tensor), w: node.w.map(weight), out: tensor(node.out) } }
}

/** Refuses `ZK_BAD_IR` a node whose attributes are not exactly those of its operator, each of its kind and in its range. */
export function checkAttributes({ node, place }: Site, rule: OpRule): void {
  const last: AttributeTable = rule.kind === 'direct' ? {} : node.a.raw === undefined ? REQUANT : RAW
  const table: AttributeTable = { ...rule.attributes, ...last }
  const known = new Set(Object.keys(table).map((key) => key.replace('?', '')))
  for (const key of Object.keys(node.a)) if (!known.has(key)) badIr(place, `has the unknown attribute ${JSON.stringify(key.slice(0, 64))}`)
  for (const [name, [kind, min, max]] of Object.entries(table)) {
    const key = name.replace('?', '')
    const value = node.a[key]
    if (value === undefined) {
      if (key === name) badIr(place, `has no attribute ${key}`)
      continue
    }
    if ((typeof value === 'number') === (kind === 'list') && kind !== 'either')
      badIr(place, `has attribute ${key} of another kind than ${kind}`)
    for (const item of typeof value === 'number' ? [value] : value) {
      if (item < min || item > max) badIr(place, `has ${item} in ${key}, outside ${min}..${max}`)
    }
  }
  if (rule.kind === 'accumulating' && node.a.raw === undefined && node.a.lo === node.a.hi) badIr(place, 'has lo = hi')
}
