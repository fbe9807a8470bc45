import { OgError } from '../error/error.ts'

/** A dimension: a size, or a symbol that stands for one size throughout a request. */
export type Dimension = number | string

/** What each symbol stands for so far. */
export type Bindings = ReadonlyMap<string, number>

/**
 * Matches the actual dimensions of a tensor against its declared shape. Gives the bindings with the symbols of this
 * shape added; throws `INPUT_SHAPE` naming the dimension if rank or a size differs, or a symbol would get a second size.
 */
export function matchShape(name: string, shape: readonly Dimension[], actual: readonly number[], bindings: Bindings = new Map()): Bindings {
  if (!Array.isArray(actual)) throw mismatch(name, 'its shape is no list of sizes', { shape })
  if (shape.length !== actual.length) {
    throw mismatch(name, `rank ${actual.length} instead of ${shape.length} (declared [${shape.join(', ')}])`, { actual, shape })
  }
  const out = new Map(bindings)
  for (const [i, declared] of shape.entries()) {
    const size = actual[i]!
    if (!Number.isSafeInteger(size) || size < 0) throw mismatch(name, `dimension ${i} is ${size}, which is not a size`, { actual, shape })
    const expected = typeof declared === 'number' ? declared : (out.get(declared) ?? size)
    if (size !== expected)
      throw mismatch(name, `dimension ${i} is ${size} instead of ${expected}${symbolNote(declared)}`, { actual, shape })
    if (typeof declared === 'string') out.set(declared, size)
  }
  return out
}

function symbolNote(declared: Dimension): string {
  return typeof declared === 'string' ? `, the size that "${declared}" has in this request` : ''
}

function mismatch(name: string, problem: string, details: Record<string, unknown>): OgError {
  return new OgError('INPUT_SHAPE', `tensor ${name}: ${problem}.`, { details: { tensor: name, ...details } })
}
