import type { Attributes, IrNode } from '../../src/ir/types.ts'
import { badIr } from './read.ts'

/** One integer, integers, or either; each in a range. */
interface Attribute {
  readonly kind: 'one' | 'many' | 'either'
  readonly lo: number
  readonly hi: number
}
const one = (lo: number, hi: number): Attribute => ({ kind: 'one', lo, hi })
const many = (lo: number, hi: number): Attribute => ({ kind: 'many', lo, hi })
const either = (lo: number, hi: number): Attribute => ({ kind: 'either', lo, hi })

const LONG = 2 ** 20
const FACTOR = 2 ** 31 - 1
const ax = one(0, 5)
const d = many(0, 40)
const window = { stride: many(1, LONG), pad: many(0, LONG), dil: many(1, LONG) }
const kernel = many(1, LONG)
const table = one(0, 63)
const by = either(-FACTOR, FACTOR)
const REQUANT = { s: one(0, 40), lo: one(-32768, 0), hi: one(0, 32767) }

/** Attributes of each operator beside `s, lo, hi` or `raw`. SPEC 2.4, the table and the ranges below it. */
const OWN: Readonly<Record<string, Readonly<Record<string, Attribute>>>> = {
  Gemm: { d },
  Conv: { group: one(1, LONG), ...window, d },
  MatMulAA: {},
  Affine: { ax, c1: by, c0: either(-(2 ** 47), 2 ** 47) },
  Clip: {},
  LeakyRelu: { k: one(0, 30), alpha: one(-FACTOR, FACTOR) },
  AvgPool: { kernel, ...window, c: one(1, 2 ** 40) },
  Pwl: { table },
  MaxPool: { kernel, ...window },
  Softmax: { table, s: one(0, 40) },
  ArgMax: {},
  Reshape: {},
  Transpose: { perm: many(0, 5) },
  Concat: { ax },
  Slice: { ax, start: one(0, LONG), len: one(1, LONG) },
  Gather: { ax, idx: many(0, LONG) },
  Pad: { ax, before: one(0, LONG), after: one(0, LONG), value: one(-32768, 32767) },
  TreeEnsemble: { roots: many(0, 2 ** 26), leaves: many(0, 2 ** 26), depth: one(1, 32), base: many(-(2 ** 40), 2 ** 40) },
}

/** The operators that end in a rounding or in a raw output. */
const ACCUMULATING = new Set(['Gemm', 'Conv', 'MatMulAA', 'Affine', 'Clip', 'LeakyRelu', 'AvgPool', 'Pwl'])

const fits = ({ kind, lo, hi }: Attribute, value: Attributes[string]): boolean => {
  const values = typeof value === 'number' ? [value] : value
  const alike = kind === 'either' || (kind === 'one') === (typeof value === 'number')
  return alike && values.every((x) => x >= lo && x <= hi)
}

/** A node has exactly the attributes of its operator. SPEC 2.4, "Nodes, exactly". */
export function checkAttributes({ op, in: ins, a }: IrNode): void {
  if (!Object.hasOwn(OWN, op)) badIr(`operator ${op}`)
  const wanted: Record<string, Attribute> = { ...OWN[op]! }
  if (op === 'Affine' && ins.length === 2) wanted.c2 = by
  if (ACCUMULATING.has(op)) Object.assign(wanted, Object.hasOwn(a, 'raw') ? { raw: one(1, 1) } : REQUANT)
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(wanted).length) badIr(`attributes of ${op}`)
  for (const key of keys) if (!Object.hasOwn(wanted, key) || !fits(wanted[key]!, a[key]!)) badIr(`${op}.${key}`)
  if (ACCUMULATING.has(op) && !Object.hasOwn(a, 'raw') && a.lo === a.hi) badIr('lo = hi')
}

export const isRaw = ({ a }: IrNode): boolean => a.raw === 1
