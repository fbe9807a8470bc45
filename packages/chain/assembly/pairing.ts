// Products of pairings: lines through multiples of Q on the twist, at P.
import { line } from './curve'
import * as fp from './element'
import * as fp2 from './fp2'
import { SIZE as F2 } from './fp2'

export const L0: usize = memory.data(128)
export const L1: usize = memory.data(128)
export const L2: usize = memory.data(128)
const A: usize = memory.data(128)
const C: usize = memory.data(128)
const D: usize = memory.data(128)
const E: usize = memory.data(128)
const G: usize = memory.data(128)
const H: usize = memory.data(128)
const J: usize = memory.data(128)

/** T = 2·T, and f = f·(the tangent there, at P). */
export function doubleStep(f: usize, t: usize, p: usize): void {
  const x = t, y = t + F2, z = t + 2 * F2
  fp2.sqr(A, x)
  fp2.sqr(C, y)
  fp2.sqr(H, z)
  fp2.double(E, A)
  fp2.add(E, E, A)
  // 3·X³ - 2·Y², -3·X²·Z²·x, 2·Y·Z³·y
  fp2.mul(L0, E, x)
  fp2.double(G, C)
  fp2.sub(L0, L0, G)
  fp2.mul(L1, E, H)
  fp2.neg(L1, L1)
  fp2.add(D, x, C)
  fp2.sqr(D, D)
  fp2.sqr(C, C)
  fp2.sub(D, D, A)
  fp2.sub(D, D, C)
  fp2.double(D, D)
  fp2.mul(G, y, z)
  fp2.double(z, G)
  fp2.sqr(A, E)
  fp2.sub(A, A, D)
  fp2.sub(x, A, D)
  fp2.sub(D, D, x)
  fp2.mul(D, D, E)
  fp2.double(C, C)
  fp2.double(C, C)
  fp2.double(C, C)
  fp2.sub(y, D, C)
  fp2.mul(L2, z, H)
  atP(f, p)
}

/** T = T + Q for an affine Q, and f = f·(the line through them, at P). T of infinity stays that: nothing of the right order comes there. */
export function addStep(f: usize, t: usize, q: usize, p: usize): void {
  const x = t, y = t + F2, z = t + 2 * F2
  fp2.sqr(A, z)
  fp2.mul(H, q, A)
  fp2.sub(H, H, x)
  fp2.mul(J, A, z)
  fp2.mul(J, J, q + F2)
  fp2.sub(J, J, y)
  fp2.double(J, J)
  fp2.sqr(C, H)
  fp2.add(G, z, H)
  fp2.sqr(G, G)
  fp2.sub(G, G, A)
  fp2.sub(z, G, C)
  fp2.double(C, C)
  fp2.double(C, C)
  fp2.mul(D, H, C)
  fp2.mul(C, C, x)
  fp2.mul(E, D, y)
  fp2.sqr(A, J)
  fp2.sub(A, A, D)
  fp2.sub(A, A, C)
  fp2.sub(x, A, C)
  fp2.sub(C, C, x)
  fp2.mul(C, C, J)
  fp2.double(E, E)
  fp2.sub(y, C, E)
  // r·x - Z·y of Q, -r·x, Z·y
  fp2.mul(L0, J, q)
  fp2.mul(C, z, q + F2)
  fp2.sub(L0, L0, C)
  fp2.neg(L1, J)
  fp2.copy(L2, z)
  atP(f, p)
}

@inline function atP(f: usize, p: usize): void {
  fp2.scale(L1, L1, p)
  fp2.scale(L2, L2, p + fp.SIZE)
  line(f, L0, L1, L2)
}
