import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { compile } from '../src/convert/compile.ts'
import { lower } from '../src/program/lower/lower.ts'
import type { Program } from '../src/program/types.ts'
import { type Params, parameters } from '../src/proof/params.ts'
import { planOf } from '../src/proof/plan.ts'
import { LARGEST, type SecuritySizes, securityBits, securitySizes, securityTable } from '../src/proof/security.ts'
import { chooseSizes } from '../src/proof/sizes.ts'
import { PROGRAM_STORIES } from './vectors/models.ts'

const MODELS = fileURLToPath(new URL('../../../models/', import.meta.url))
const SAMPLES = ['volatility_mlp_16_32_32_1', 'digits_mlp_784_128_10', 'digits_lenet', 'credit_gbt_200x4_regressor', 'credit_logistic_12']

interface Accounted {
  readonly name: string
  readonly params: Params
  readonly sizes: SecuritySizes
}

function accounted(name: string, program: Program): Accounted {
  const plan = planOf(program)
  const { c, l } = chooseSizes(...plan.packing.cells)
  const params = parameters(c, l, ...plan.packing.cells)!
  return { name, params, sizes: securitySizes(plan, params) }
}

function everything(): Accounted[] {
  const references = PROGRAM_STORIES.map(({ name, weights, batch, build }) => {
    const { model, outputs } = build()
    const ir = model.build(outputs, name)
    return accounted(`${name} (reference)`, lower(ir, { batch, weights, weightValues: model.weights }).program)
  })
  const samples = SAMPLES.map((name) => {
    const { ir, weights } = compile(new Uint8Array(readFileSync(`${MODELS}${name}/model.onnx`)), { name })
    return accounted(name, lower(ir, { batch: 1, weights: 'public', weightValues: weights }).program)
  })
  // The most rows that a proof of 2 MiB can open.
  const largest = { name: 'the largest that version 1 admits', params: parameters(14, 20, 2 ** 26, 0)!, sizes: LARGEST }
  return [largest, ...references, ...samples]
}

const bits = (value: number) => value.toFixed(2)

function page(all: readonly Accounted[]): string {
  const [{ params, sizes }] = all as [Accounted]
  const rounds = securityTable(params, sizes).map((round) => `| ${round.round} | ${bits(round.bits)} | ${round.count} |`)
  const programs = all.map((one) => {
    const { worstRound, total } = securityBits(securityTable(one.params, one.sizes))
    const { c, l, queries } = one.params
    return `| ${one.name} | ${c}, ${l}, ${queries} | ${one.sizes.leafBits} | ${bits(worstRound)} | ${bits(total)} |`
  })
  return [
    '# Security accounting',
    '',
    'What SPEC 8.1 claims, recomputed from the code by `packages/zkml/test/accounting.test.ts` (to write it anew:',
    '`npx vitest run packages/zkml/test/accounting.test.ts -u`). An entry of 101 bits means that a false statement survives that round with',
    'probability at most 2^-101. Provable in the random oracle model with unique decoding; nothing rests on a conjecture about proximity gaps.',
    '12 bits of the queries are grinding. Nobody has audited it.',
    '',
    '## Every round of the largest program',
    '',
    '| challenge | bits | times |',
    '| --- | --- | --- |',
    ...rounds,
    '',
    '## Programs',
    '',
    '| program | c, l, queries | log2 leaves | weakest round, bits | all rounds together, bits |',
    '| --- | --- | --- | --- | --- |',
    ...programs,
    '',
  ].join('\n')
}

test('every program keeps more than 100 bits, and the table of the specification says so', async () => {
  const all = everything()
  for (const { params, sizes } of all) {
    const { worstRound, total } = securityBits(securityTable(params, sizes))
    expect(worstRound).toBeGreaterThanOrEqual(101)
    expect(total).toBeGreaterThan(100)
  }
  await expect(page(all)).toMatchFileSnapshot('../ACCOUNTING.md')
})
