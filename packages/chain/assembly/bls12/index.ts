// BLS12-381 for the precompiles of EIP-2537. Points and results stand at `area`, as the EIP encodes them.
import { Z_ABS } from './curve'
import * as fp from './element'
import { minusPhi, minusPsi } from './endomorphisms'
import { FP } from './fp'
import * as fp2 from './fp2'
import * as g1 from './g1'
import * as g2 from './g2'
import { mapToG1, mapToG2 } from './maps'
import { addStep, doubleStep } from './pairing'
import * as fp12 from './tower'

/** What is wrong with a point, or that it is infinity. */
const GOOD: i32 = 0
const NOT_IN_FIELD: i32 = 1
const NOT_A_POINT: i32 = 2
const INFINITY: i32 = 3
/** Added to what is wrong with the second point of a pair. */
const SECOND: i32 = 4

const COORDINATE: usize = 64
/** The zeros before a coordinate. */
const PADDING: usize = 16
const AREA: usize = memory.data(1024)
/** Where the multiples of a point stand, 16 bytes little-endian each. */
const MULTIPLES: usize = AREA + 512

export function area(): usize { return AREA }

const P: usize = memory.data(384)
const Q: usize = memory.data(384)
const R: usize = memory.data(384)
const SUM: usize = memory.data(384)
const SECOND_POINT: usize = memory.data(384)

function zeros(from: usize, length: usize): bool {
  for (let i: usize = 0; i < length; i += 8) if (load<u64>(from + i)) return false
  return true
}

@inline function readFp(r: usize, from: usize): bool { return fp.read(r, from + PADDING) }

function readG1(r: usize, from: usize): i32 {
  if (zeros(from, 2 * COORDINATE)) return INFINITY
  if (!readFp(r, from) || !readFp(r + FP, from + COORDINATE)) return NOT_IN_FIELD
  return g1.onCurve(r) ? GOOD : NOT_A_POINT
}

function readG2(r: usize, from: usize): i32 {
  if (zeros(from, 4 * COORDINATE)) return INFINITY
  for (let i: usize = 0; i < 4; i++) if (!readFp(r + i * FP, from + i * COORDINATE)) return NOT_IN_FIELD
  return g2.onCurve(r) ? GOOD : NOT_A_POINT
}

function writeFp(at: usize, a: usize): void {
  memory.fill(at, 0, PADDING)
  fp.write(at + PADDING, a)
}

function writeG1(p: usize): void {
  if (!g1.toAffine(R, p)) return memory.fill(AREA, 0, 2 * COORDINATE)
  writeFp(AREA, R)
  writeFp(AREA + COORDINATE, R + FP)
}

function writeG2(p: usize): void {
  if (!g2.toAffine(R, p)) return memory.fill(AREA, 0, 4 * COORDINATE)
  for (let i: usize = 0; i < 4; i++) writeFp(AREA + i * COORDINATE, R + i * FP)
}

/** φ(P) = [-z²]P: then z⁴ - z² + 1, the order, takes P to infinity. P affine, at P. */
function inG1(): bool {
  g1.fromAffine(P, P)
  g1.times(Q, P, Z_ABS)
  g1.times(R, Q, Z_ABS)
  minusPhi(Q, P)
  return g1.samePoint(Q, R)
}

/** ψ(Q) = [z]Q (Scott, "A note on group membership tests"), for [|z|]Q at `multiple` and Q affine. */
function inG2(q: usize, multiple: usize): bool {
  g2.fromAffine(R, q)
  minusPsi(R, R)
  return g2.samePoint(R, multiple)
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

export function addG2(): i32 {
  const p = readG2(P, AREA)
  if (p && p != INFINITY) return p
  const q = readG2(Q, AREA + 4 * COORDINATE)
  if (q && q != INFINITY) return q
  if (p) g2.infinity(SUM)
  else g2.fromAffine(SUM, P)
  if (!q) g2.addAffine(SUM, SUM, Q)
  writeG2(SUM)
  return GOOD
}

export function beginG1(): void { g1.infinity(SUM) }
export function beginG2(): void { g2.infinity(SUM) }

/** Term number `at` of a sum on G1: the point, times a + b·z². */
export function termG1(at: usize): i32 {
  const code = readG1(P, AREA)
  if (code) return code
  if (!inG1()) return NOT_A_POINT
  const table = g1.tableOf(2 * at), other = g1.tableOf(2 * at + 1)
  g1.fillTable(2 * at, P)
  for (let i: usize = 0; i < g1.ODD * g1.POINT; i += g1.POINT) minusPhi(other + i, table + i)
  for (let i: usize = 0; i < 2; i++) g1.setMultiple(2 * at + i, load<u64>(MULTIPLES + 16 * i), load<u64>(MULTIPLES + 16 * i + 8), false)
  return GOOD
}

/** Term number `at` of a sum on G2: the point, times a + b·|z| + c·z² + d·|z|³. */
export function termG2(at: usize): i32 {
  const code = readG2(P, AREA)
  if (code) return code
  g2.fromAffine(SECOND_POINT, P)
  g2.times(Q, SECOND_POINT, Z_ABS)
  if (!inG2(P, Q)) return NOT_A_POINT
  g2.fillTable(4 * at, P)
  for (let i: usize = 0; i < 4; i++) {
    const table = g2.tableOf(4 * at + i)
    if (i) for (let j: usize = 0; j < g2.ODD * g2.POINT; j += g2.POINT) minusPsi(table + j, g2.tableOf(4 * at + i - 1) + j)
    g2.setMultiple(4 * at + i, load<u64>(MULTIPLES + 16 * i), 0, false)
  }
  return GOOD
}

/** Adds `count` terms to the sum. */
export function sumG1(count: usize): void {
  g1.sumOfMultiples(Q, 2 * count)
  g1.addPoint(SUM, SUM, Q)
}

export function sumG2(count: usize): void {
  g2.sumOfMultiples(Q, 4 * count)
  g2.addPoint(SUM, SUM, Q)
}

export function endG1(): void { writeG1(SUM) }
export function endG2(): void { writeG2(SUM) }

/** Most pairs that wait for `runPairs`. */
const PAIRS: usize = 16
const p1: usize = memory.data(16 * 112)
const q2: usize = memory.data(16 * 224)
const t2: usize = memory.data(16 * 336)
const product: usize = memory.data(672)
const f: usize = memory.data(672)
let waiting: usize = 0

export function beginPairs(): void {
  waiting = 0
  fp12.one(product)
}

/** Takes a pair. Whether its second point is in the subgroup comes with `runPairs`, which has to be called after PAIRS pairs. */
export function addPair(): i32 {
  const first = readG1(P, AREA)
  if (first && first != INFINITY) return first
  if (!first) {
    memory.copy(p1 + waiting * 2 * FP, P, 2 * FP)
    if (!inG1()) return NOT_A_POINT
  }
  const second = readG2(P, AREA + 2 * COORDINATE)
  if (second == INFINITY) return GOOD
  if (second) return SECOND + second
  if (first) {
    g2.fromAffine(SECOND_POINT, P)
    g2.times(Q, SECOND_POINT, Z_ABS)
    return inG2(P, Q) ? GOOD : NOT_A_POINT
  }
  memory.copy(q2 + waiting * 4 * FP, P, 4 * FP)
  waiting++
  return GOOD
}

/** Pairs that wait. */
export function pairsWaiting(): usize { return waiting }

/** Multiplies the product by the pairs that wait. False when a second point is not in the subgroup. */
export function runPairs(): bool {
  for (let i: usize = 0; i < waiting; i++) g2.fromAffine(t2 + i * 6 * FP, q2 + i * 4 * FP)
  fp12.one(f)
  for (let bit = 62; bit >= 0; bit--) {
    fp12.sqr(f, f)
    for (let i: usize = 0; i < waiting; i++) doubleStep(f, t2 + i * 6 * FP, p1 + i * 2 * FP)
    if ((Z_ABS >> bit) & 1) for (let i: usize = 0; i < waiting; i++) addStep(f, t2 + i * 6 * FP, q2 + i * 4 * FP, p1 + i * 2 * FP)
  }
  for (let i: usize = 0; i < waiting; i++) if (!inG2(q2 + i * 4 * FP, t2 + i * 6 * FP)) return false
  waiting = 0
  fp12.mul(product, product, f)
  return true
}

const a: usize = memory.data(672)
const b: usize = memory.data(672)
const c: usize = memory.data(672)

/** r = x^z for x of the cyclotomic subgroup. */
function powerZ(r: usize, x: usize): void {
  fp12.powerCyclotomic(r, x, Z_ABS)
  fp12.conj(r, r)
}

/** Whether the product is one after (z - 1)²(z + p)(z² + p² - 1) + 3 (Hayashida, Hayasaka and Teruya), three times the exponent. */
export function productIsOne(): bool {
  fp12.easyPart(f, product)
  powerZ(a, f)
  fp12.conj(b, f)
  fp12.mul(a, a, b)
  powerZ(b, a)
  fp12.conj(c, a)
  fp12.mul(a, b, c)
  powerZ(b, a)
  fp12.frobenius(c, a)
  fp12.mul(b, b, c)
  powerZ(a, b)
  powerZ(c, a)
  fp12.conj(a, b)
  fp12.mul(c, c, a)
  fp12.frobenius(a, b)
  fp12.frobenius(a, a)
  fp12.mul(c, c, a)
  fp12.sqr(a, f)
  fp12.mul(a, a, f)
  fp12.mul(c, c, a)
  return fp12.isOne(c)
}

export function mapFpToG1(): i32 {
  if (!readFp(P, AREA)) return NOT_IN_FIELD
  mapToG1(SUM, P)
  writeG1(SUM)
  return GOOD
}

export function mapFp2ToG2(): i32 {
  if (!readFp(P, AREA) || !readFp(P + FP, AREA + COORDINATE)) return NOT_IN_FIELD
  mapToG2(SUM, P)
  writeG2(SUM)
  return GOOD
}
