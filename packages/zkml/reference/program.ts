import { decode, encode } from 'cborg'
import type {
  Axis,
  AxisMap,
  Const,
  Constraint,
  Factor,
  Form,
  Program,
  Segment,
  Source,
  Space,
  Table,
  Term,
  Window,
} from '../src/program/types.ts'
import { Reject, same } from './bytes.ts'
import { bitsOf } from './mle.ts'

const bad = (what: string): never => {
  throw new Reject('BAD_IR', what)
}
type Raw = unknown
const list = (raw: Raw): readonly Raw[] => (Array.isArray(raw) ? raw : bad('array'))
const tuple = (raw: Raw, length: number): readonly Raw[] => (list(raw).length === length ? list(raw) : bad('length'))
const big = (raw: Raw): bigint => (typeof raw === 'bigint' || Number.isSafeInteger(raw) ? BigInt(raw as number) : bad('integer'))
const small = (raw: Raw): number => (Number.isSafeInteger(raw) ? (raw as number) : bad('small integer'))
const index = (raw: Raw, below: number): number => (small(raw) >= 0 && small(raw) < below ? small(raw) : bad('index'))

const axis = (raw: Raw): Axis => {
  const [n, bits] = tuple(raw, 2)
  if (small(n) < 1 || small(n) > 2 ** 26 || small(bits) !== bitsOf(small(n))) bad('axis')
  return [small(n), small(bits)]
}
const space = (raw: Raw): Space => list(raw).map(axis)
const segment = (raw: Raw): Segment => {
  const [matrix, over] = tuple(raw, 2)
  return [index(matrix, 2) as 0 | 1, space(over)]
}

/** What a form may refer to. */
interface Counts {
  readonly segments: readonly Segment[]
  readonly vecs: readonly (readonly bigint[])[]
}

/** One map, checked against the form's space and the length `n` of the source's axis. */
function axisMap(raw: Raw, over: Space, n: number, { vecs }: Counts): AxisMap {
  const parts = list(raw)
  const ax = (i: number) => index(parts[i], over.length)
  const vec = (i: number) => index(parts[i], vecs.length)
  const lengths = (...wanted: readonly number[]) => wanted.every((x) => x === n) || bad('axis length')
  switch (parts[0]) {
    case 'id':
      tuple(parts, 2)
      lengths(over[ax(1)]![0])
      return ['id', ax(1)]
    case 'wt':
      tuple(parts, 3)
      lengths(over[ax(1)]![0], vecs[vec(2)]!.length)
      return ['wt', ax(1), vec(2)]
    case 'fix':
      tuple(parts, 2)
      return ['fix', index(parts[1], n)]
    case 'shift':
      tuple(parts, 3)
      return ['shift', ax(1), small(parts[2])]
    case 'sum': {
      tuple(parts, 3)
      const by = parts[1] === -1 ? -1 : vec(1)
      lengths(small(parts[2]), by === -1 ? n : vecs[by]!.length)
      return ['sum', by, small(parts[2])]
    }
    case 'suffix':
      tuple(parts, 2)
      lengths(over[ax(1)]![0])
      return ['suffix', ax(1)]
    case 'gather': {
      tuple(parts, 4)
      const window = tuple(parts[3], 12).map(small) as unknown as Window
      const [H, W, KH, KW, OH, OW] = window
      if (window.slice(0, 8).some((x) => x < 1)) bad('window')
      lengths(H * W)
      const axK = parts[1] === -1 ? -1 : ax(1)
      if (axK !== -1 && over[axK]![0] !== KH * KW) bad('window taps')
      if (over[ax(2)]![0] !== OH * OW) bad('window cells')
      return ['gather', axK, ax(2), window]
    }
    case 'index':
      tuple(parts, 3)
      if (vecs[vec(2)]!.length !== over[ax(1)]![0]) bad('index')
      if (vecs[vec(2)]!.some((i) => i < 0n || i >= BigInt(n))) bad('index range')
      return ['index', ax(1), vec(2)]
    default:
      return bad('map')
  }
}

/** The axes of the form's space that a map names. */
export const axesNamed = (map: AxisMap): number[] => {
  if (map[0] === 'gather') return map[1] === -1 ? [map[2]] : [map[1], map[2]]
  return map[0] === 'fix' || map[0] === 'sum' ? [] : [map[1]]
}

function term(raw: Raw, over: Space, counts: Counts): Term {
  const [coef, from, maps] = tuple(raw, 3)
  let source: Source
  let axes: readonly Axis[]
  if (Array.isArray(from)) {
    const kind = from[0]
    const parts = tuple(from, kind === 'ones' ? 2 : 3)
    if (kind !== 'ones' && kind !== 'pub' && kind !== 'pubw') bad('source')
    axes = space(parts.at(-1))
    source = kind === 'ones' ? ['ones', axes] : [kind as 'pub' | 'pubw', index(parts[1], 2 ** 20), axes]
  } else {
    source = index(from, counts.segments.length)
    axes = counts.segments[source]![1]
  }
  if (axes.length !== list(maps).length) bad('rank of a source')
  const read = list(maps).map((map, i) => axisMap(map, over, axes[i]![0], counts))
  const named = read.flatMap(axesNamed)
  // Two maps on one axis would be a diagonal, whose functional is no product of vectors.
  if (new Set(named).size !== named.length) bad('an axis named twice')
  return [big(coef), source, read]
}

const constants = (raw: Raw, over: Space, { vecs }: Counts): Const[] =>
  list(raw).map((one) => {
    const [coef, by] = tuple(one, 2)
    const named = tuple(by, over.length).map((v, i) => {
      if (v === -1) return -1
      if (vecs[index(v, vecs.length)]!.length !== over[i]![0]) bad('vector of a constant')
      return small(v)
    })
    return [big(coef), named] as const
  })

function form(raw: Raw, counts: Counts): Form {
  const [over, consts, terms] = tuple(raw, 3)
  const read = space(over)
  return [read, constants(consts, read, counts), list(terms).map((one) => term(one, read, counts))]
}

const sameSpace = (x: Space, y: Space): boolean => x.length === y.length && x.every(([n], i) => n === y[i]![0])

function factor(raw: Raw, counts: Counts, bases: readonly Form[]): Factor {
  const [over, consts, from] = tuple(raw, 3)
  const read = space(over)
  const named = list(from).map((one) => {
    const [base, coef] = tuple(one, 2)
    if (!sameSpace(bases[index(base, bases.length)]![0], read)) bad('space of a base')
    return [small(base), big(coef)] as const
  })
  return [read, constants(consts, read, counts), named]
}

function constraint(raw: Raw, counts: Counts, bases: readonly Form[], tables: readonly Table[]): Constraint {
  const parts = list(raw)
  switch (parts[0]) {
    case 'lin':
      return ['lin', form(tuple(parts, 2)[1], counts)]
    case 'had': {
      const [, a, b, c] = tuple(parts, 4)
      const read = ['had', factor(a, counts, bases), factor(b, counts, bases), form(c, counts)] as const
      if (!sameSpace(read[1][0], read[2][0]) || !sameSpace(read[1][0], read[3][0])) bad('spaces of a product')
      return read
    }
    case 'con': {
      const [L, R, Z] = [form(tuple(parts, 8)[1], counts), form(parts[2], counts), form(parts[3], counts)]
      const [nb, nm, nn, nk] = parts.slice(4).map((count) => index(count, 64)) as [number, number, number, number]
      const groups = (over: Space, first: number, second: number) => [
        over.slice(0, first),
        over.slice(first, first + second),
        over.slice(first + second),
      ]
      if (L[0].length !== nb + nm + nk || R[0].length !== nb + nn + nk || Z[0].length !== nb + nm + nn) bad('axes of a contraction')
      const [lb, lm, lk] = groups(L[0], nb, nm)
      const [rb, rn, rk] = groups(R[0], nb, nn)
      const [zb, zm, zn] = groups(Z[0], nb, nm)
      const pairs = [
        [lb, rb],
        [lb, zb],
        [lm, zm],
        [rn, zn],
        [lk, rk],
      ] as const
      if (!pairs.every(([x, y]) => sameSpace(x!, y!))) bad('spaces of a contraction')
      return ['con', L, R, Z, nb, nm, nn, nk]
    }
    case 'look': {
      const [, id, forms] = tuple(parts, 3)
      const table = tables.find((one) => one[0] === id) ?? bad('table')
      const read = list(forms).map((one) => form(one, counts))
      if (read.length !== (table[1] === 'range' ? 1 : table[3].length)) bad('columns of a lookup')
      if (!read.every((one) => sameSpace(one[0], read[0]![0]))) bad('spaces of a lookup')
      return ['look', small(id), read]
    }
    default:
      return bad('constraint')
  }
}

function table(raw: Raw, counts: Counts): Table {
  const [id, kind, width, cols, over, mult] = tuple(raw, 6)
  const read = space(over)
  const columns = list(cols).map((one) => form(one, counts))
  if (kind !== 'range' && kind !== 'rows') bad('kind of a table')
  if (kind === 'range') {
    // A range table's id is its width, and its rows are 0 … 2^width − 1.
    if (id !== width || small(width) < 1 || small(width) > 16 || columns.length !== 0 || !sameSpace(read, [[2 ** small(width), 0]]))
      bad('range table')
  } else if (small(id) < 32 || columns.length < 1 || columns.length > 12 || !columns.every((one) => sameSpace(one[0], read))) bad('table')
  const [matrix, cells] = counts.segments[index(mult, counts.segments.length)]!
  if (matrix !== 0 || !sameSpace(cells, read)) bad('multiplicities')
  return [small(id), kind as 'range' | 'rows', small(width), columns, read, small(mult)]
}

/** The program behind its published bytes (SPEC 3.6). Bytes that are not the deterministic encoding of a program are `BAD_IR`. */
export function decodeProgram(bytes: Uint8Array): Program {
  const raw = decode(bytes, { allowIndefinite: false, allowBigInt: true, strict: true, rejectDuplicateMapKeys: true })
  if (!same(encode(raw), bytes)) bad('not canonical')
  const [version, batch, segments, vecs, bases, constraints, tables] = tuple(raw, 7)
  if (version !== 1 || small(batch) < 1 || small(batch) > 4096) bad('version or batch')
  const counts: Counts = { segments: list(segments).map(segment), vecs: list(vecs).map((vec) => list(vec).map(big)) }
  const readBases = list(bases).map((one) => form(one, counts))
  const readTables = list(tables).map((one) => table(one, counts))
  if (new Set(readTables.map(([id]) => id)).size !== readTables.length) bad('table ids')
  return {
    batch: small(batch),
    segments: counts.segments,
    vecs: counts.vecs,
    bases: readBases,
    tables: readTables,
    constraints: list(constraints).map((one) => constraint(one, counts, readBases, readTables)),
  }
}

/** The published bytes of a program. */
export const encodeProgram = (program: Program): Uint8Array => {
  const { batch, segments, vecs, bases, constraints, tables } = program
  const ints = (raw: unknown): unknown => {
    if (typeof raw === 'bigint') return Number.isSafeInteger(Number(raw)) ? Number(raw) : raw
    return Array.isArray(raw) ? raw.map(ints) : raw
  }
  return encode(ints([1, batch, segments, vecs, bases, constraints, tables]))
}
