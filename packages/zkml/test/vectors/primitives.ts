import { bytesToHex, type Hex } from '@opengradient/protocol'
import { hash, tagged, utf8ToBytes, xof } from '../../reference/bytes.ts'
import { inverse, type K, mul, omega, P } from '../../reference/field.ts'
import { rootOf, siblingPlaces, treeOf } from '../../reference/merkle.ts'
import { eq, eqlt, onelt } from '../../reference/mle.ts'
import { parameterBlock, parameters } from '../../reference/params.ts'
import { commitMatrix, rootHash } from '../../reference/prover/commit.ts'
import { Transcript } from '../../reference/transcript.ts'
import type { VectorFile } from './programs.ts'

/** What the file of `zk/primitives/` holds, from the reference implementation. Field elements in decimal, K as [a, b]. */
export interface Primitives {
  readonly field: { readonly x: Text; readonly y: Text; readonly product: Text; readonly inverse: Text; readonly omega: readonly string[] }
  readonly eq: readonly {
    readonly r: readonly Text[]
    readonly s: readonly Text[]
    readonly n: number
    readonly eqlt: Text
    readonly onelt: Text
  }[]
  readonly transcript: {
    readonly states: readonly Hex[]
    readonly vector: readonly Text[]
    readonly indices: readonly number[]
    readonly nonce: number
  }
  readonly tagged: { readonly tag: string; readonly data: Hex; readonly hash: Hex }
  readonly parameters: readonly { readonly c: number; readonly l: number; readonly cells: readonly number[]; readonly block: Hex }[]
  /** 40 cells in rows of 32, codewords of 256: the columns and their tree. */
  readonly commitment: { readonly cells: readonly string[]; readonly columns: readonly (readonly string[])[]; readonly root: Hex }
  readonly multiproof: {
    readonly leaves: readonly Hex[]
    readonly indices: readonly number[]
    readonly siblings: readonly Hex[]
    readonly root: Hex
  }
}
type Text = readonly [string, string]

/** What the second file holds: a state whose stream has a word of p or more among the first ten, which a vector of five challenges skips. */
export interface SkippedWord {
  readonly state: Hex
  readonly label: string
  readonly vector: readonly Text[]
  readonly next: Hex
}

/** Of 2^32 words one is skipped; this state was looked for: the fourth word of its stream is 2^64 − 2^32 + 2976860739. */
function skippedWord(): SkippedWord {
  const state = new Uint8Array(32)
  new DataView(state.buffer).setUint32(0, 576106801, true)
  const transcript = new Transcript()
  transcript.state = state
  const vector = transcript.vector('ab', 5)
  return { state: bytesToHex(state), label: 'ab', vector: vector.map(text), next: bytesToHex(transcript.state) }
}

/** Elements of F without pattern: words of an extended output, below p. */
export function elements(count: number, name: string): bigint[] {
  const bytes = xof(8 * count, utf8ToBytes(name))
  return Array.from({ length: count }, (_, i) => new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(8 * i, true) % P)
}
const points = (count: number, name: string): K[] => {
  const words = elements(2 * count, name)
  return Array.from({ length: count }, (_, i) => [words[2 * i]!, words[2 * i + 1]!] as const)
}
const text = ([a, b]: K): Text => [`${a}`, `${b}`]

/** The vector of primitives as it should be. */
export function primitives(): Primitives {
  const [x, y] = points(2, 'field') as [K, K]
  const transcript = new Transcript()
  const states = [bytesToHex(transcript.state)]
  const note = () => states.push(bytesToHex(transcript.state))
  transcript.absorb('test', Uint8Array.of(0, 1, 2, 3))
  note()
  const vector = transcript.vector('alpha', 5)
  note()
  const indices = transcript.indices('q', 20, 8)
  note()
  let nonce = 0n
  while (!transcript.grinds(nonce, 12)) nonce++
  const params = parameters(5, 8, [40])
  const cells = elements(40, 'cells')
  const committed = commitMatrix(cells, 0, params)
  const leaves = Array.from({ length: 16 }, (_, i) => hash(Uint8Array.of(i)))
  const opened = [1, 4, 5, 11]
  const tree = treeOf(leaves)
  const siblings = siblingPlaces(opened, 4).map(([level, i]) => tree[level]![i]!)
  const root = rootOf(new Map(opened.map((i) => [i, leaves[i]!])), siblings, 4)
  return {
    field: {
      x: text(x),
      y: text(y),
      product: text(mul(x, y)),
      inverse: text(inverse(x)),
      omega: [0, 1, 3, 20, 32].map((l) => `${omega(l)}`),
    },
    eq: [0, 1, 2, 3].flatMap((bits) => {
      const [r, s] = [points(bits, `r${bits}`), points(bits, `s${bits}`)]
      return [...new Set([1, 2 ** bits - 1, 2 ** bits])]
        .filter((n) => n > 0)
        .map((n) => ({
          r: r.map(text),
          s: s.map(text),
          n,
          eqlt: text(n === 2 ** bits ? eq(r, s) : eqlt(r, s, n)),
          onelt: text(onelt(r, n)),
        }))
    }),
    transcript: { states, vector: vector.map(text), indices, nonce: Number(nonce) },
    tagged: { tag: 'zkml/v1/x', data: '0x000102', hash: bytesToHex(tagged('zkml/v1/x', Uint8Array.of(0, 1, 2))) },
    parameters: (
      [
        [6, 8, [912]],
        [7, 9, [912, 100]],
        [11, 13, [109_000]],
        [14, 18, [2 ** 22]],
      ] as const
    ).map(([c, l, counts]) => ({
      ...{ c, l, cells: counts, block: bytesToHex(parameterBlock(parameters(c, l, counts))) },
    })),
    commitment: {
      cells: cells.map(String),
      columns: committed.columns.map((column) => column.map(String)),
      root: bytesToHex(rootHash(committed)),
    },
    multiproof: { leaves: leaves.map(bytesToHex), indices: opened, siblings: siblings.map(bytesToHex), root: bytesToHex(root) },
  }
}

/** The files. */
export const buildPrimitiveVectors = (): VectorFile[] => [
  { path: 'zk/primitives/01-primitives.json', text: `${JSON.stringify(primitives(), undefined, 1)}\n` },
  { path: 'zk/primitives/02-skipped-word.json', text: `${JSON.stringify(skippedWord(), undefined, 1)}\n` },
]
