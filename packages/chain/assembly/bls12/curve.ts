// What is BLS12-381's own: ξ = 1 + i, a twist by multiplication, |z| = 0xd201000000010000, z negative.
import * as fp from './element'
import { FP } from './fp'
import { mulBy014 } from './tower'

export { FROBENIUS } from './constants'
export const Z_ABS: u64 = 0xd201000000010000

/** r = a·ξ, r and a different. */
export function mulXi(r: usize, a: usize): void {
  fp.sub(r, a, a + FP)
  fp.add(r + FP, a, a + FP)
}

@inline export function line(f: usize, l0: usize, l1: usize, l2: usize): void { mulBy014(f, l0, l1, l2) }
