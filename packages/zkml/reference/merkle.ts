import { concatBytes, hash, u8, u32, u64, utf8ToBytes } from './bytes.ts'
import type { Params } from './params.ts'

/** The hash of one column. SPEC 6.3. */
export function leafHash(matrix: number, params: Params, column: readonly bigint[]): Uint8Array {
  const header = concatBytes(utf8ToBytes('zkml/v1/leaf'), u8(matrix), u8(params.c), u8(params.l), u32(params.k), u32(params.rows[matrix]!))
  return hash(header, new Uint8Array(64 - header.length), ...column.map(u64))
}

/** All levels of the tree, leaves first. */
export function treeOf(leaves: readonly Uint8Array[]): Uint8Array[][] {
  const levels = [[...leaves]]
  while (levels.at(-1)!.length > 1) {
    const below = levels.at(-1)!
    levels.push(Array.from({ length: below.length / 2 }, (_, i) => hash(below[2 * i]!, below[2 * i + 1]!)))
  }
  return levels
}

/** The places `[level, index]` of the siblings of a multiproof, in order. SPEC 6.5. */
export function siblingPlaces(indices: readonly number[], l: number): [number, number][] {
  const places: [number, number][] = []
  let marked = new Set(indices)
  for (let level = 0; level < l; level++) {
    for (const i of [...marked].sort((x, y) => x - y)) if (!marked.has(i ^ 1)) places.push([level, i ^ 1])
    marked = new Set([...marked].map((i) => i >> 1))
  }
  return places
}

/** The root that leaves and siblings give. */
export function rootOf(leaves: ReadonlyMap<number, Uint8Array>, siblings: readonly Uint8Array[], l: number): Uint8Array {
  let here = new Map(leaves)
  let next = 0
  for (let level = 0; level < l; level++) {
    const marked = new Set(here.keys())
    for (const i of [...marked].sort((x, y) => x - y)) if (!marked.has(i ^ 1)) here.set(i ^ 1, siblings[next++]!)
    here = new Map([...marked].map((i) => [i >> 1, hash(here.get(i & ~1)!, here.get(i | 1)!)] as const))
  }
  return here.get(0)!
}
