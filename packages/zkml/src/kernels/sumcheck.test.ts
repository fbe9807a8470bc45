import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eqPoint, eqTable, mle } from '../field/eq.ts'
import { type K, K0, K1, kAdd, kMul, kSub, kSum } from '../field/k.ts'
import { Transcript } from '../hash/transcript.ts'
import { fn, getK, kernels, ks, outK, putF, putK, randomKs, scoped } from './kernels.testkit.ts'
import { cubic, quadratic } from './rounds.testkit.ts'

/** Follows a sumcheck's messages in BigInt; gives the final claim and the challenges. */
function follow(proof: Uint8Array, claim: K, values: 2 | 3, msg: string, challenge: string): { claim: K; r: K[] } {
  const transcript = new Transcript()
  const words = new BigUint64Array(proof.slice().buffer)
  const r: K[] = []
  for (let at = 0; at < words.length; at += 2 * values) {
    transcript.absorb(msg, proof.subarray(8 * at, 8 * (at + 2 * values)))
    const x = transcript.squeeze(challenge, 1)[0]!
    const s = Array.from({ length: values }, (_, i): K => [words[at + 2 * i]!, words[at + 2 * i + 1]!])
    claim = values === 3 ? cubic(claim, s[0]!, s[1]!, s[2]!, x) : quadratic(claim, s[0]!, s[1]!, x)
    r.push(x)
  }
  return { claim, r }
}

/** Π (1 − r_j) over the first n. */
const prefix = (r: readonly K[], n: number): K => r.slice(0, n).reduce((product, x) => kMul(product, kSub(K1, x)), K1)
const start = (): number => {
  const st = kernels.alloc(32)
  fn.tsInit(st)
  return st
}

const instances = fc.array(
  fc.integer({ min: 0, max: 6 }).chain((v) =>
    fc.record({
      v: fc.constant(v),
      e: fc.oneof(fc.constant(v), fc.integer({ min: 0, max: v })),
      coef: ks(1).map(([c]) => c!),
      seed: fc.nat(),
    }),
  ),
  { minLength: 1, maxLength: 5 },
)

test('the main sumcheck: mixed sizes and kinds are accepted, and end at the claim that the tables give', () => {
  fc.assert(
    fc.property(instances, fc.integer({ min: 0, max: 1 }), (list, extra) =>
      scoped(() => {
        const V = Math.max(...list.map(({ v }) => v)) + extra
        const tables = list.map(({ v, e, seed }) => ({
          A: randomKs(2 ** v, BigInt(seed)),
          B: randomKs(2 ** v, BigInt(seed) + 1n),
          t: randomKs(e, BigInt(seed) + 2n),
        }))
        // the pyramid may be of a longer point of which only the last coordinates count
        const records = list.map(({ v, e, coef }, i) => {
          const { A, B, t } = tables[i]!
          const longer = putK([...randomKs(2, 5n), ...t])
          const pyramid = outK(2 ** (e + 3))
          fn.eqPyramid(pyramid, longer, e + 2)
          return { header: [v, e, putK(A), putK(B), pyramid, longer + 32, 0, 0], coef }
        })
        const inst = kernels.alloc(64 * list.length)
        for (const [i, { header, coef }] of records.entries()) {
          kernels.u32(inst + 64 * i, 8).set(header)
          kernels.u64(inst + 64 * i + 32, 2).set(coef)
        }
        const S = outK(1)
        fn.instanceSums(S, inst, list.length)
        const sums = list.map(({ v, e }, i) => {
          const { A, B, t } = tables[i]!
          const eq = eqTable(t)
          return kSum(A.map((a, x) => kMul(kMul(a, B[x]!), eq[Math.floor(x / 2 ** (v - e))]!)))
        })
        expect(getK(S, 1)[0]).toEqual(kSum(sums.map((sum, i) => kMul(sum, list[i]!.coef))))

        const [proof, r] = [outK(3 * V), outK(V)]
        fn.mainProve(start(), inst, list.length, V, proof, r, kernels.label('mr'), kernels.label('mrc'))
        const bytes = kernels.bytes(proof, 48 * V)
        const { claim, r: challenges } = follow(bytes, getK(S, 1)[0]!, 3, 'mr', 'mrc')
        expect(getK(r, V)).toEqual(challenges)
        const ends = list.map(({ v, e, coef }, i) => {
          const { A, B, t } = tables[i]!
          const own = challenges.slice(V - v)
          const [a, b] = [mle(A, own), mle(B, own)]
          expect(getK(records[i]!.header[2]!, 1)[0]).toEqual(a)
          expect(getK(records[i]!.header[3]!, 1)[0]).toEqual(b)
          return [coef, prefix(challenges, V - v), eqPoint(t, own.slice(0, e)), a, b].reduce(kMul)
        })
        expect(claim).toEqual(kSum(ends))

        const [again, final] = [outK(V), putK([getK(S, 1)[0]!])]
        fn.verifyRounds3(start(), V, proof, final, again, kernels.label('mr'), kernels.label('mrc'))
        expect(getK(again, V)).toEqual(challenges)
        expect(getK(final, 1)[0]).toEqual(claim)
      }),
    ),
    { numRuns: 60 },
  )
})

const matrices = fc.array(
  fc.integer({ min: 0, max: 6 }).chain((v) => fc.record({ v: fc.constant(v), n: fc.integer({ min: 0, max: 2 ** v }), seed: fc.nat() })),
  { minLength: 1, maxLength: 4 },
)

test('the batching sumcheck: matrices of any length, short ones zero beyond, end at A(ρ)·v', () => {
  fc.assert(
    fc.property(matrices, (list) =>
      scoped(() => {
        const V = Math.max(...list.map(({ v }) => v))
        const tables = list.map(({ n, seed }) => ({ A: randomKs(n, BigInt(seed)), M: randomKs(n, BigInt(seed) + 1n).map(([a]) => a) }))
        const records = list.flatMap(({ v, n }, i) => {
          const { A, M } = tables[i]!
          return [v, n, putK(A), putF(M), outK(Math.min(n, 2 ** v / 2)), 0, 0, 0]
        })
        const [proof, r, values] = [outK(2 * V), outK(V), outK(list.length)]
        const mats = kernels.put(Uint32Array.from(records))
        fn.batchProve(start(), mats, list.length, V, proof, r, values, kernels.label('br'), kernels.label('brc'))
        const total = kSum(tables.flatMap(({ A, M }) => A.map((a, i) => kMul(a, [M[i]!, 0n]))))
        const { claim, r: challenges } = follow(kernels.bytes(proof, 32 * V), total, 2, 'br', 'brc')
        expect(getK(r, V)).toEqual(challenges)
        const ends = list.map(({ v }, i) => {
          const own = challenges.slice(V - v)
          const value = mle(
            tables[i]!.M.map((m) => [m, 0n]),
            own,
          )
          expect(getK(values + 16 * i, 1)[0]).toEqual(value)
          return [prefix(challenges, V - v), mle(tables[i]!.A, own), value].reduce(kMul)
        })
        expect(claim).toEqual(ends.reduce(kAdd, K0))

        const [again, final] = [outK(V), putK([total])]
        fn.verifyRounds2(start(), V, proof, final, again, kernels.label('br'), kernels.label('brc'))
        expect(getK(final, 1)[0]).toEqual(claim)
        expect(getK(again, V)).toEqual(challenges)
      }),
    ),
    { numRuns: 60 },
  )
})
