import { OgError } from '@opengradient/protocol'

/** Fixed limits of a constraint program, constants of version 1: every verifier gives the same verdict. SPEC 3.6. */
export const MAX_CONSTRAINTS = 2 ** 16
export const MAX_SEGMENTS = 2 ** 16
/** Leaves of the lookup tree, before they are padded to a power of two. */
export const MAX_LEAVES = 2 ** 25
/** Rows of all tables together. */
export const MAX_TABLE_ROWS = 2 ** 22
/** Cells of one matrix. */
export const MAX_MATRIX_CELLS = 2 ** 26
/** Entries of all vectors together. */
export const MAX_VEC_ENTRIES = 2 ** 22
/** Entries of all vectors that are made, also of those that turn out equal to one that is there. */
export const MAX_VEC_BUILT = 2 ** 24
/** Terms and constants of all forms together, and base forms that factors name: memory and time for each, whatever it reads. */
export const MAX_TERMS = 2 ** 18
/** Steps of a verifier that a program may ask for. */
export const MAX_WORK = 2 ** 27
/** Terms and constants of a view: one with more is copied as soon as it is made. SPEC 3.2. */
export const MAX_VIEW_PARTS = 1024
/** Largest batch. */
export const MAX_BATCH = 2 ** 12

/** Throws `ZK_LIMIT` when `value` is over `limit`. */
export function within(what: string, value: number, limit: number): void {
  if (value <= limit) return
  throw new OgError('ZK_LIMIT', `Constraint program: ${what} is ${value}, over the limit of ${limit}. Use a smaller model or batch.`, {
    details: { what, value, limit },
  })
}
