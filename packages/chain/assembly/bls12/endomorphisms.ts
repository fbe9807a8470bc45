// Maps that multiply points of the subgroups: -φ by z² on G1, ψ by z on G2.
import { BETA, PSI_X, PSI_Y } from './constants'
import * as fp from './element'
import { FP } from './fp'
import * as fp2 from './fp2'

/** r = -φ(p), Jacobian: (β·X, -Y, Z). */
export function minusPhi(r: usize, p: usize): void {
  fp.mul(r, p, BETA)
  fp.neg(r + FP, p + FP)
  fp.copy(r + 2 * FP, p + 2 * FP)
}

/** r = ψ(p), Jacobian. */
export function psi(r: usize, p: usize): void {
  fp2.conj(r, p)
  fp2.conj(r + 2 * FP, p + 2 * FP)
  fp2.conj(r + 4 * FP, p + 4 * FP)
  fp2.mul(r, r, PSI_X)
  fp2.mul(r + 2 * FP, r + 2 * FP, PSI_Y)
}

export function minusPsi(r: usize, p: usize): void {
  psi(r, p)
  fp2.neg(r + 2 * FP, r + 2 * FP)
}
