import type { Attributes, Dt, Ir, IrNode, IrTensor, PwlTable, WeightMeta } from '../../src/ir/types.ts'
import { Reject } from '../bytes.ts'
import { decodeCbor, type Item } from '../cbor.ts'

export const badIr = (where: string): never => {
  throw new Reject('BAD_IR', where)
}

/** The entries of a map with exactly these keys; the optional ones may lack. */
export function fields(item: Item | undefined, keys: readonly string[], optional: readonly string[] = []): ReadonlyMap<string, Item> {
  if (!(item instanceof Map)) return badIr('map')
  for (const key of keys) if (!item.has(key)) badIr(`no ${key}`)
  for (const key of item.keys()) if (!keys.includes(key) && !optional.includes(key)) badIr(`unknown ${key}`)
  return item
}
function int(item: Item | undefined, lo: number, hi: number): number {
  return typeof item === 'number' && item >= lo && item <= hi ? item : badIr(`integer, ${lo} to ${hi}`)
}
function list<T>(item: Item | undefined, lo: number, hi: number, read: (one: Item) => T): T[] {
  return Array.isArray(item) && item.length >= lo && item.length <= hi ? item.map(read) : badIr(`list of ${lo} to ${hi}`)
}
function text(item: Item | undefined): string {
  return typeof item === 'string' ? item : badIr('text')
}

/** Names of tensors, weights and tables are their places in a list, so that none is larger than this. */
const id = (item: Item | undefined) => int(item, 0, 2 ** 16)
const axes = (item: Item | undefined) => list(item, 1, 6, (n) => int(n, 1, 2 ** 20))
const dt = (item: Item | undefined): Dt => (item === 'i16' || item === 'i32' || item === 'i64' ? item : badIr('dt'))

function tensor(item: Item): IrTensor {
  const of = fields(item, ['id', 'axes', 'dt', 'f'])
  return { id: id(of.get('id')), axes: axes(of.get('axes')), dt: dt(of.get('dt')), f: int(of.get('f'), -40, 40) }
}

function weight(item: Item): WeightMeta {
  const of = fields(item, ['id', 'axes', 'dt', 'f'])
  const scale = (f: Item | undefined) => int(f, -128, 128)
  const f = of.get('f')
  const own = axes(of.get('axes'))
  return { id: id(of.get('id')), axes: own, dt: dt(of.get('dt')), f: Array.isArray(f) ? list(f, own[0]!, own[0]!, scale) : scale(f) }
}

function table(item: Item): PwlTable {
  const of = fields(item, ['id', 'kind', 'rows'])
  if (of.get('kind') !== 'pwl') badIr('kind of a table')
  const entry = (one: Item) => int(one, -(2 ** 24), 2 ** 24)
  const rows = list(of.get('rows'), 256, 256, (row) => list(row, 2, 2, entry) as [number, number])
  return { id: id(of.get('id')), kind: 'pwl', rows }
}

function attributes(item: Item | undefined): Attributes {
  if (!(item instanceof Map)) return badIr('attributes')
  const whole = (one: Item) => int(one, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  const all = [...(item as ReadonlyMap<string, Item>)].map(([key, value]) => [
    key,
    Array.isArray(value) ? list(value, 0, 2 ** 20, whole) : whole(value),
  ])
  return Object.fromEntries(all) as Attributes
}

function node(item: Item): IrNode {
  const of = fields(item, ['op', 'in', 'w', 'out', 'a'])
  return {
    op: text(of.get('op')),
    in: list(of.get('in'), 0, 64, id),
    w: list(of.get('w'), 0, 64, id),
    out: id(of.get('out')),
    a: attributes(of.get('a')),
  }
}

function calib(item: Item): NonNullable<Ir['calib']> {
  const of = fields(item, ['maxErr', 'rms', 'n'])
  const short = (one: Item | undefined) => (text(one).length <= 64 ? text(one) : badIr('calib'))
  return { maxErr: short(of.get('maxErr')), rms: short(of.get('rms')), n: int(of.get('n'), 0, 2 ** 32) }
}

/** The fields of an integer model from its bytes, each of its kind and in its range: the first part of SPEC 2.1. */
export function readIr(bytes: Uint8Array): Ir {
  const of = fields(
    decodeCbor(bytes, 'BAD_IR'),
    ['v', 'name', 'inputs', 'outputs', 'nodes', 'tensors', 'weights', 'tables', 'limb'],
    ['calib'],
  )
  int(of.get('v'), 1, 1)
  const limb = of.get('limb')
  if (limb !== 8 && limb !== 16) return badIr('limb')
  const name = text(of.get('name'))
  if (new TextEncoder().encode(name).length > 256) badIr('name')
  const said = of.get('calib')
  return {
    v: 1,
    name,
    inputs: list(of.get('inputs'), 1, 64, id),
    outputs: list(of.get('outputs'), 1, 64, id),
    nodes: list(of.get('nodes'), 1, 512, node),
    tensors: list(of.get('tensors'), 1, 576, tensor),
    weights: list(of.get('weights'), 0, 2048, weight),
    tables: list(of.get('tables'), 0, 64, table),
    limb,
    ...(said === undefined ? {} : { calib: calib(said) }),
  }
}
