// BN254 for the precompiles of EIP-196 and EIP-197. Points and results stand at `area`, as the EIPs encode them.
import { BETA, LOOP, LOOP_COUNT, PSI_X, PSI_Y } from './constants'
import { X } from './curve'
import * as fp from './element'
import { FP } from './fp'
import * as fp2 from './fp2'
import * as g1 from './g1'
import * as g2 from './g2'
import { addStep, doubleStep } from './pairing'
import * as fp12 from './tower'

/** What is wrong with a point, or that it is infinity. */
const GOOD: i32 = 0
const NOT_IN_FIELD: i32 = 1
const NOT_A_POINT: i32 = 2
const INFINITY: i32 = 3
/** Added to what is wrong with the second point of a pair. */
const SECOND: i32 = 4

const COORDINATE: usize = 32
const AREA: usize = memory.data(1024)
/** Where the multiples of a point stand, 16 bytes little-endian each, and then a byte each that says whether it is negative. */
const MULTIPLES: usize = AREA + 512

export function area(): usize { return AREA }

const P: usize = memory.data(384)
const Q: usize = memory.data(384)
const R: usize = memory.data(384)
const SUM: usize = memory.data(384)

function zeros(from: usize, length: usize): bool {
  for (let i: usize = 0; i < length; i += 8) if (load<u64>(from + i)) return false
  return true
}

function readG1(r: usize, from: usize): i32 {
  if (zeros(from, 2 * COORDINATE)) return INFINITY
  if (!fp.read(r, from) || !fp.read(r + FP, from + COORDINATE)) return NOT_IN_FIELD
  return g1.onCurve(r) ? GOOD : NOT_A_POINT
}

/** The coefficient of i comes first. */
function readG2(r: usize, from: usize): i32 {
  if (zeros(from, 4 * COORDINATE)) return INFINITY
  for (let i: usize = 0; i < 4; i++) if (!fp.read(r + (i ^ 1) * FP, from + i * COORDINATE)) return NOT_IN_FIELD
  return g2.onCurve(r) ? GOOD : NOT_A_POINT
}

function writeG1(p: usize): void {
  if (!g1.toAffine(R, p)) return memory.fill(AREA, 0, 2 * COORDINATE)
  fp.write(AREA, R)
  fp.write(AREA + COORDINATE, R + FP)
}

export function addG1(): i32 {
  const p = readG1(P, AREA)
  if (p && p != INFINITY) return p
  const q = readG1(Q, AREA + 2 * COORDINATE)
  if (q && q != INFINITY) return q
  if (p) g1.infinity(SUM)
  else g1.fromAffine(SUM, P)
  if (!q) g1.addAffine(SUM, SUM, Q)
  writeG1(SUM)
  return GOOD
}

/** The point, times a + b·λ, where φ(x, y) = (β·x, y) multiplies by λ. */
export function mulG1(): i32 {
  const code = readG1(P, AREA)
  // Infinity is read as zeros, and written as zeros: they stand there already.
  if (code == INFINITY) return GOOD
  if (code) return code
  g1.fillTable(0, P)
  for (let i: usize = 0; i < g1.ODD; i++) {
    const to = g1.tableOf(1) + i * g1.POINT
    g1.copyPoint(to, g1.tableOf(0) + i * g1.POINT)
    fp.mul(to, to, BETA)
  }
  for (let i: usize = 0; i < 2; i++)
    g1.setMultiple(i, load<u64>(MULTIPLES + 16 * i), load<u64>(MULTIPLES + 16 * i + 8), load<u8>(MULTIPLES + 32 + i) == 1)
  g1.sumOfMultiples(SUM, 2)
  writeG1(SUM)
  return GOOD
}

/** r = ψ(q), affine, which multiplies points of the subgroup by p. */
function psi(r: usize, q: usize): void {
  fp2.conj(r, q)
  fp2.conj(r + 2 * FP, q + 2 * FP)
  fp2.mul(r, r, PSI_X)
  fp2.mul(r + 2 * FP, r + 2 * FP, PSI_Y)
}

/** Most pairs that wait for `runPairs`. */
const PAIRS: usize = 16
const p1: usize = memory.data(16 * 80)
const q2: usize = memory.data(16 * 160)
const n2: usize = memory.data(16 * 160)
const t2: usize = memory.data(16 * 240)
const product: usize = memory.data(480)
const f: usize = memory.data(480)
let waiting: usize = 0

export function beginPairs(): void {
  waiting = 0
  fp12.one(product)
}

/** Takes a pair. Whether its second point is in the subgroup comes with `runPairs`, which has to be called after PAIRS pairs. */
export function addPair(): i32 {
  const p = p1 + waiting * 2 * FP, q = q2 + waiting * 4 * FP, n = n2 + waiting * 4 * FP
  const first = readG1(p, AREA)
  if (first && first != INFINITY) return first
  const second = readG2(q, AREA + 2 * COORDINATE)
  if (second == INFINITY) return GOOD
  if (second) return SECOND + second
  // With infinity the pair is one, but the other point is looked at all the same.
  if (first) return runAlone(q) ? GOOD : NOT_A_POINT
  fp2.copy(n, q)
  fp2.neg(n + 2 * FP, q + 2 * FP)
  waiting++
  return GOOD
}

/** Pairs that wait. */
export function pairsWaiting(): usize { return waiting }

/** [6x + 2]q + ψ(q) - ψ²(q) + ψ³(q) is infinity on the subgroup, and nowhere else: the other factor of the order has no part in that endomorphism's. */
function runAlone(q: usize): bool {
  g2.fromAffine(P, q)
  g2.times(Q, P, X)
  g2.twice(R, Q)
  g2.addPoint(R, R, Q)
  g2.addPoint(R, R, P)
  g2.twice(SUM, R)
  psi(P, q)
  g2.addAffine(SUM, SUM, P)
  psi(P, P)
  fp2.neg(P + 2 * FP, P + 2 * FP)
  g2.addAffine(SUM, SUM, P)
  return endsIn(q, SUM)
}

/** Whether `t`, [6x + 2]q + ψ(q) - ψ²(q), is -ψ³(q). */
function endsIn(q: usize, t: usize): bool {
  psi(P, q)
  psi(P, P)
  psi(P, P)
  fp2.neg(P + 2 * FP, P + 2 * FP)
  return g2.samePoint(P, t)
}

/** Multiplies the product by the pairs that wait. False when a second point is not in the subgroup. */
export function runPairs(): bool {
  for (let i: usize = 0; i < waiting; i++) g2.fromAffine(t2 + i * 6 * FP, q2 + i * 4 * FP)
  fp12.one(f)
  for (let at = 1; at < LOOP_COUNT; at++) {
    const digit = load<i8>(LOOP + at)
    fp12.sqr(f, f)
    for (let i: usize = 0; i < waiting; i++) {
      doubleStep(f, t2 + i * 6 * FP, p1 + i * 2 * FP)
      if (digit) addStep(f, t2 + i * 6 * FP, (digit > 0 ? q2 : n2) + i * 4 * FP, p1 + i * 2 * FP)
    }
  }
  for (let i: usize = 0; i < waiting; i++) {
    psi(P, q2 + i * 4 * FP)
    addStep(f, t2 + i * 6 * FP, P, p1 + i * 2 * FP)
    psi(P, P)
    fp2.neg(P + 2 * FP, P + 2 * FP)
    addStep(f, t2 + i * 6 * FP, P, p1 + i * 2 * FP)
  }
  for (let i: usize = 0; i < waiting; i++) if (!endsIn(q2 + i * 4 * FP, t2 + i * 6 * FP)) return false
  waiting = 0
  fp12.mul(product, product, f)
  return true
}

const a: usize = memory.data(480)
const b: usize = memory.data(480)
const c: usize = memory.data(480)
const d: usize = memory.data(480)
const e: usize = memory.data(480)

/** r = y^-x. */
function powerMinusX(r: usize, y: usize): void {
  fp12.powerCyclotomic(r, y, X)
  fp12.conj(r, r)
}

/** Whether the product is one after the final exponentiation, times 2x(6x² + 3x + 1) (Fuentes-Castañeda, Knapp and Rodríguez-Henríquez). */
export function productIsOne(): bool {
  fp12.easyPart(f, product)
  powerMinusX(a, f)
  fp12.sqr(a, a) // -2x
  fp12.sqr(b, a)
  fp12.mul(b, b, a) // -6x
  powerMinusX(c, b) // 6x²
  fp12.sqr(d, c)
  powerMinusX(e, d) // -12x³
  fp12.conj(b, b)
  fp12.conj(e, e)
  fp12.mul(e, e, c)
  fp12.mul(e, e, b) // 12x³ + 6x² + 6x
  fp12.mul(b, e, a) // 12x³ + 6x² + 4x
  fp12.mul(c, e, c)
  fp12.mul(c, c, f) // 12x³ + 12x² + 6x + 1
  fp12.frobenius(d, b)
  fp12.mul(c, c, d)
  fp12.frobenius(d, e)
  fp12.frobenius(d, d)
  fp12.mul(c, c, d)
  fp12.conj(f, f)
  fp12.mul(b, b, f)
  for (let i = 0; i < 3; i++) fp12.frobenius(b, b)
  fp12.mul(c, c, b)
  return fp12.isOne(c)
}
