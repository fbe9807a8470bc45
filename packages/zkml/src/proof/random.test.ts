import { isOgError } from '@opengradient/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { interpret } from '../ir/interpret.ts'
import { randomModel } from '../ir/testkit/models.testkit.ts'
import { openModel, ZkModel } from './model.ts'
import { ZkProver } from './prover.ts'
import { registerModel } from './register.ts'
import { kernels } from './session.testkit.ts'
import { ZkVerifier } from './verifier.ts'

const RUNS = 30

/** Random models may exceed a bound, or have no weights to commit to: refusals, and no faults. */
function unlessRefused<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (isOgError(error, 'ZK_BOUND_EXCEEDED') || isOgError(error, 'ZK_BAD_WEIGHTS') || isOgError(error, 'ZK_UNSUPPORTED_OP'))
      return undefined
    throw error
  }
}

test('random models of all operators: the answer of the interpreter is proved, and no other', () => {
  let proved = 0
  const prover = new ZkProver(kernels)
  const verifier = new ZkVerifier(kernels)
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 31 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 3 }),
      fc.nat(),
      (seed, committed, batch, place) => {
        const { ir, weights, inputs } = randomModel(seed, { committed })
        const registered = unlessRefused(() => registerModel(kernels, ir, weights, { batches: [batch], commitWeights: committed }))
        if (registered === undefined) return
        const { files, zkModelId } = registered
        const model = openModel(files, zkModelId)
        if (!(model instanceof ZkModel)) throw new Error(model.code)
        const values = inputs(batch)
        const { statement, proof, outputs } = prover.prove(model, values, { batch, ctx: new Uint8Array() })
        const trace = interpret(ir, weights, values, { batch })
        expect(outputs).toEqual(ir.outputs.map((id) => trace.tensors[id]))
        const published = committed ? { manifest: files.manifest, ir: files.ir } : files
        expect(verifier.verify(published, statement, proof)).toEqual({ ok: true })

        const y = statement.y.slice()
        y[place % y.length]! ^= 1
        expect(verifier.verify(published, { ...statement, y }, proof).ok).toBe(false)
        const x = statement.x.slice()
        x[place % x.length]! ^= 1
        expect(verifier.verify(published, { ...statement, x }, proof).ok).toBe(false)
        const bytes = proof.slice()
        bytes[place % bytes.length]! ^= 0x80
        expect(verifier.verify(published, statement, bytes).ok).toBe(false)
        proved++
      },
    ),
    { numRuns: RUNS },
  )
  expect(proved).toBeGreaterThan(RUNS / 3)
})
