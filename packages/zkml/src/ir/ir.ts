import { utf8 } from '@opengradient/protocol'
import { decodeCbor, encodeCbor } from './cbor.ts'
import { checkIr } from './check.ts'
import { badIr } from './fail.ts'
import { domainHash } from './hash.ts'
import { MAX_IR_BYTES, MAX_NAME_BYTES, MAX_NODES, MAX_PORTS, MAX_TABLES, MAX_WEIGHTS } from './limits.ts'
import { MAX_AXIS, MAX_RANK } from './ops/attributes.ts'
import { readerOf } from './read.ts'
import type { Attributes, Dt, Ir, IrNode, IrTensor, PwlTable, WeightMeta } from './types.ts'

const read = readerOf(badIr)

/** Most characters of a publisher's number in `calib`. */
const MAX_CALIB_TEXT = 64
/** Entries of a table: |t|, |s| at most. SPEC 2.6. */
const MAX_ENTRY = 2 ** 24
const MAX_SCALE = 40
const MAX_WEIGHT_SCALE = 128
const MAX_ID = 2 ** 16

/**
 * The deterministic CBOR of an integer model (SPEC 2.1). Throws `ZK_BAD_IR` as `decodeIr` does: what cannot be read back is
 * never published.
 */
export function encodeIr(ir: Ir): Uint8Array {
  const bytes = encodeCbor(ir)
  decodeIr(bytes)
  return bytes
}

/** An integer model from untrusted bytes: every rule of SPEC 2.1 holds, except those of the weights' values. Throws `ZK_BAD_IR` only. */
export function decodeIr(bytes: Uint8Array): Ir {
  const ir = readIr(decodeCbor(bytes, MAX_IR_BYTES, badIr))
  checkIr(ir)
  return ir
}

/** `Hd("zkml/v1/ir", irBytes)`: what a manifest names. */
export function irHash(bytes: Uint8Array): Uint8Array {
  return domainHash('zkml/v1/ir', bytes)
}

function readIr(value: unknown): Ir {
  const map = read.map(value, 'the model', ['v', 'name', 'inputs', 'outputs', 'nodes', 'tensors', 'weights', 'tables', 'limb'], ['calib'])
  read.int(map.v, 'v', 1, 1)
  const limb = read.int(map.limb, 'limb', 8, 16)
  if (limb !== 8 && limb !== 16) badIr('limb', `is ${limb}, not 8 or 16`)
  const name = read.text(map.name, 'name', MAX_NAME_BYTES)
  if (utf8(name).length > MAX_NAME_BYTES) badIr('name', `is longer than ${MAX_NAME_BYTES} bytes`)
  const ir: Ir = {
    v: 1,
    name,
    inputs: read.list(map.inputs, 'inputs', MAX_PORTS, 1).map((id, i) => read.int(id, `inputs[${i}]`, 0, MAX_ID)),
    outputs: read.list(map.outputs, 'outputs', MAX_PORTS, 1).map((id, i) => read.int(id, `outputs[${i}]`, 0, MAX_ID)),
    nodes: read.list(map.nodes, 'nodes', MAX_NODES, 1).map((node, i) => readNode(node, `nodes[${i}]`)),
    tensors: read.list(map.tensors, 'tensors', MAX_NODES + MAX_PORTS, 1).map((tensor, i) => readTensor(tensor, `tensors[${i}]`)),
    weights: read.list(map.weights, 'weights', MAX_WEIGHTS).map((weight, i) => readWeight(weight, `weights[${i}]`)),
    tables: read.list(map.tables, 'tables', MAX_TABLES).map((table, i) => readTable(table, `tables[${i}]`)),
    limb,
  }
  return map.calib === undefined ? ir : { ...ir, calib: readCalib(map.calib) }
}

function readTensor(value: unknown, place: string): IrTensor {
  const map = read.map(value, place, ['id', 'axes', 'dt', 'f'])
  return {
    id: read.int(map.id, `${place}.id`, 0, MAX_ID),
    axes: readAxes(map.axes, `${place}.axes`),
    dt: readDt(map.dt, `${place}.dt`),
    f: read.int(map.f, `${place}.f`, -MAX_SCALE, MAX_SCALE),
  }
}

function readWeight(value: unknown, place: string): WeightMeta {
  const map = read.map(value, place, ['id', 'axes', 'dt', 'f'])
  const f = Array.isArray(map.f)
    ? read.ints(map.f, `${place}.f`, -MAX_WEIGHT_SCALE, MAX_WEIGHT_SCALE, MAX_AXIS)
    : read.int(map.f, `${place}.f`, -MAX_WEIGHT_SCALE, MAX_WEIGHT_SCALE)
  return {
    id: read.int(map.id, `${place}.id`, 0, MAX_ID),
    axes: readAxes(map.axes, `${place}.axes`),
    dt: readDt(map.dt, `${place}.dt`),
    f,
  }
}

function readAxes(value: unknown, place: string): readonly number[] {
  return read.list(value, place, MAX_RANK, 1).map((length, i) => read.int(length, `${place}[${i}]`, 1, MAX_AXIS))
}

function readDt(value: unknown, place: string): Dt {
  return value === 'i16' || value === 'i32' || value === 'i64' ? value : badIr(place, 'is not i16, i32 or i64')
}

function readNode(value: unknown, place: string): IrNode {
  const map = read.map(value, place, ['op', 'in', 'w', 'out', 'a'])
  return {
    op: read.text(map.op, `${place}.op`, 32),
    in: read.ints(map.in, `${place}.in`, 0, MAX_ID, MAX_PORTS),
    w: read.ints(map.w, `${place}.w`, 0, MAX_ID, MAX_PORTS),
    out: read.int(map.out, `${place}.out`, 0, MAX_ID),
    a: readAttributes(map.a, `${place}.a`),
  }
}

/** Kinds only: names and ranges are the operator's. */
function readAttributes(value: unknown, place: string): Attributes {
  if (!(value instanceof Map)) return badIr(place, 'is not a map')
  const { MIN_SAFE_INTEGER: min, MAX_SAFE_INTEGER: max } = Number
  return Object.fromEntries(
    [...value].map(([key, item]) => {
      const name = read.text(key, `${place} a key`, 32)
      return [
        name,
        Array.isArray(item) ? read.ints(item, `${place}.${name}`, min, max, MAX_AXIS) : read.int(item, `${place}.${name}`, min, max),
      ]
    }),
  )
}

function readTable(value: unknown, place: string): PwlTable {
  const map = read.map(value, place, ['id', 'kind', 'rows'])
  if (map.kind !== 'pwl') badIr(`${place}.kind`, 'is not pwl')
  const rows = read.list(map.rows, `${place}.rows`, 256, 256).map((row, i): readonly [number, number] => {
    const [t, s] = read.list(row, `${place}.rows[${i}]`, 2, 2)
    return [read.int(t, `${place}.rows[${i}][0]`, -MAX_ENTRY, MAX_ENTRY), read.int(s, `${place}.rows[${i}][1]`, -MAX_ENTRY, MAX_ENTRY)]
  })
  return { id: read.int(map.id, `${place}.id`, 0, MAX_ID), kind: 'pwl', rows }
}

function readCalib(value: unknown): NonNullable<Ir['calib']> {
  const map = read.map(value, 'calib', ['maxErr', 'rms', 'n'])
  return {
    maxErr: read.text(map.maxErr, 'calib.maxErr', MAX_CALIB_TEXT),
    rms: read.text(map.rms, 'calib.rms', MAX_CALIB_TEXT),
    n: read.int(map.n, 'calib.n', 0, 2 ** 32),
  }
}
