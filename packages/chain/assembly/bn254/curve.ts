// What is BN254's own: ξ = 9 + i, a twist by division, x = 4965661367192848881.
import * as fp from './element'
import { FP } from './fp'
import { mulBy034 } from './tower'

export { FROBENIUS } from './constants'
export const X: u64 = 4965661367192848881

/** r = a·ξ, r and a different. */
export function mulXi(r: usize, a: usize): void {
  nineTimes(r, a)
  nineTimes(r + FP, a + FP)
  fp.sub(r, r, a + FP)
  fp.add(r + FP, r + FP, a)
}

@inline function nineTimes(r: usize, a: usize): void {
  fp.double(r, a)
  fp.double(r, r)
  fp.double(r, r)
  fp.add(r, r, a)
}

@inline export function line(f: usize, l0: usize, l1: usize, l2: usize): void { mulBy034(f, l2, l1, l0) }
