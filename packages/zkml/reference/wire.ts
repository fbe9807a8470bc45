import { concatBytes, integer, kList, Reader, Reject, u8, u32, u64, utf8ToBytes } from './bytes.ts'
import type { K } from './field.ts'
import { type Params, variables } from './params.ts'
import type { Shape } from './shape.ts'

/** A proof, taken apart. SPEC 9.1. */
export interface Proof {
  readonly root: Uint8Array
  /** `[p0, p1, q0, q1]` of level 1, absent without lookups. */
  readonly top: readonly K[]
  /** Per level 1 … ℓ−1: its rounds `[s(0), s(2), s(3)]`, and `[p0, p1, q0, q1]`. */
  readonly levels: readonly { readonly rounds: readonly (readonly K[])[]; readonly ends: readonly K[] }[]
  readonly S: K
  readonly main: readonly (readonly K[])[]
  readonly E: readonly K[]
  readonly batch: readonly (readonly K[])[]
  readonly v: readonly K[]
  readonly u: readonly K[]
  readonly nonce: bigint
  /** Per matrix, per query in ascending order: the column. */
  readonly columns: readonly (readonly (readonly bigint[])[])[]
  /** All sibling hashes, w's first. */
  readonly siblings: readonly Uint8Array[]
}

const MAGIC = utf8ToBytes('ZKML')
const MAX = 2 * 2 ** 20

/** Header checks of SPEC 9.2, step 1. `committed`: whether the statement is about committed weights. */
export function readHeader(bytes: Uint8Array, committed: boolean): void {
  if (bytes.length < 12) throw new Reject('BAD_ENCODING', 'header')
  if (bytes.length > MAX) throw new Reject('TOO_LARGE')
  if (!MAGIC.every((byte, i) => byte === bytes[i]) || integer(bytes.slice(8, 12)) !== BigInt(bytes.length))
    throw new Reject('BAD_ENCODING', 'header')
  if (bytes[4] !== 1 || bytes[5] !== 1) throw new Reject('WRONG_VERSION')
  if (bytes[6] !== 0 || bytes[7] !== (committed ? 1 : 0)) throw new Reject('WRONG_MODE')
}

/** The body of SPEC 9.1 after the header, steps 5 of 9.2: sizes first, then every field element. */
export function readBody(bytes: Uint8Array, shape: Shape, params: Params): Proof {
  const vars = Math.max(...variables(params))
  const scalars =
    (shape.levels === 0 ? 0 : 4) +
    Array.from({ length: Math.max(0, shape.levels - 1) }, (_, i) => 3 * (i + 1) + 4).reduce((x, y) => x + y, 0) +
    1 +
    3 * shape.rounds +
    shape.sent.length +
    2 * vars +
    params.rows.length +
    params.k
  const fixed = 12 + 32 + 16 * scalars + 8 + params.rows.reduce((total, rows) => total + 8 * rows * params.queries, 0)
  const rest = bytes.length - fixed
  if (rest < 0 || rest > 32 * params.queries * params.l * params.rows.length || rest % 32 !== 0) throw new Reject('BAD_ENCODING', 'length')
  const reader = new Reader(bytes, 12)
  const rounds = (count: number, each: number) => Array.from({ length: count }, () => reader.ks(each))
  return {
    root: reader.take(32),
    top: reader.ks(shape.levels === 0 ? 0 : 4),
    levels: Array.from({ length: Math.max(0, shape.levels - 1) }, (_, i) => ({ rounds: rounds(i + 1, 3), ends: reader.ks(4) })),
    S: reader.k(),
    main: rounds(shape.rounds, 3),
    E: reader.ks(shape.sent.length),
    batch: rounds(vars, 2),
    v: reader.ks(params.rows.length),
    u: reader.ks(params.k),
    nonce: integer(reader.take(8)),
    columns: params.rows.map((rows) => Array.from({ length: params.queries }, () => Array.from({ length: rows }, () => reader.f()))),
    siblings: Array.from({ length: rest / 32 }, () => reader.take(32)),
  }
}

/** The bytes of a proof. */
export function writeProof(proof: Proof, committed: boolean): Uint8Array {
  const body = concatBytes(
    proof.root,
    kList(proof.top),
    ...proof.levels.flatMap(({ rounds, ends }) => [...rounds.map(kList), kList(ends)]),
    kList([proof.S]),
    ...proof.main.map(kList),
    kList(proof.E),
    ...proof.batch.map(kList),
    kList(proof.v),
    kList(proof.u),
    u64(proof.nonce),
    ...proof.columns.flatMap((columns) => columns.flatMap((column) => column.map(u64))),
    ...proof.siblings,
  )
  return concatBytes(MAGIC, u8(1), u8(1), u8(0), u8(committed ? 1 : 0), u32(12 + body.length), body)
}

/** Where each part of a proof begins, in bytes from its start, and how many field elements or bytes it has. For tests that damage one. */
export function partsOf(shape: Shape, params: Params): { readonly name: string; readonly at: number; readonly bytes: number }[] {
  const vars = Math.max(...variables(params))
  const sizes: [string, number][] = [
    ['root', 32],
    ...(shape.levels === 0 ? [] : [['g0', 64] as [string, number]]),
    ...Array.from({ length: Math.max(0, shape.levels - 1) }, (_, i): [string, number][] => [
      ['gr', 48 * (i + 1)],
      ['gv', 64],
    ]).flat(),
    ['S', 16],
    ['mr', 48 * shape.rounds],
    ['E', 16 * shape.sent.length],
    ['br', 32 * vars],
    ['v', 16 * params.rows.length],
    ['u', 16 * params.k],
    ['nonce', 8],
    ...params.rows.map((rows): [string, number] => ['columns', 8 * rows * params.queries]),
    ['siblings', 0],
  ]
  let at = 12
  return sizes.map(([name, bytes]) => {
    at += bytes
    return { name, at: at - bytes, bytes }
  })
}
