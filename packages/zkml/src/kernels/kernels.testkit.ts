import fc from 'fast-check'
import { P } from '../field/f.ts'
import type { K } from '../field/k.ts'
import { Kernels } from './kernels.ts'

/** One instance for a test file, and the ways in and out of its memory. */
export const kernels = Kernels.loadSync()
export const { fn } = kernels

/** Values where reductions go wrong, and everything else. */
export const EDGES = [
  0n,
  1n,
  2n,
  P - 1n,
  P - 2n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 32n + 1n,
  2n ** 63n,
  2n ** 63n - 2n ** 31n,
  P / 2n,
  P / 2n + 1n,
  P - 2n ** 32n,
]
export const f: fc.Arbitrary<bigint> = fc.oneof(fc.constantFrom(...EDGES), fc.bigInt({ min: 0n, max: P - 1n }))
export const k: fc.Arbitrary<K> = fc.tuple(f, f)
export const ks = (length: number): fc.Arbitrary<K[]> => fc.array(k, { minLength: length, maxLength: length })

export const putF = (values: readonly bigint[]): number => kernels.put(BigUint64Array.from(values))
export const putK = (values: readonly K[]): number => putF(values.flat())
export const getF = (ptr: number, n: number): bigint[] => [...kernels.u64(ptr, n)]
export const getK = (ptr: number, n: number): K[] => Array.from({ length: n }, (_, i) => getF(ptr + 16 * i, 2) as unknown as K)
/** Room for n values of K, filled with bytes that are not canonical, so that a value never written shows. */
export function outK(n: number): number {
  const at = kernels.alloc(16 * n)
  kernels.u8(at, 16 * n).fill(255)
  return at
}

/** Deterministic values for large tables. */
export function* stream(seed: bigint): Generator<bigint, never> {
  let state = seed
  for (;;) {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n
    yield (state ^ (state >> 29n)) % P
  }
}
export function randomKs(n: number, seed = 1n): K[] {
  const values = stream(seed)
  return Array.from({ length: n }, () => [values.next().value, values.next().value])
}

/** Runs and gives the memory back, whatever happens. */
export function scoped<T>(run: () => T): T {
  const mark = kernels.mark()
  try {
    return run()
  } finally {
    kernels.release(mark)
  }
}
