/** What kernels say about a point; `SECOND` is added for the second point of a pair (`assembly/<curve>/index.ts`). */
export const GOOD = 0
export const NOT_IN_FIELD = 1
export const INFINITY = 3
export const SECOND = 4

/** Most pairs that wait for their pairing, and most terms of one sum on G1 and on G2. */
export const PAIRS = 16
export const TERMS_G1 = 32
export const TERMS_G2 = 16
