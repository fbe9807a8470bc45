import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { type Mutant, mutations } from './instrument.mjs'

const CODE = `
const outside = 1 < 2
function subject(values, limit) {
  const said = []
  const say = (what) => said.push(what)
  if (values.length > limit && !values.includes(9)) say('many')
  const even = values.filter((value) => value % 2 === 0)
  for (let i = 0; i < even.length; i++) say(even[i] + 1)
  return [said, values.every((value) => value > limit), true]
}`
const CALLS = [[], [1, 2], [2, 4, 6], [4, 9, 6, 8], [3]].map((values) => [values, 2])

/** The code with its mutants, and what calls give while one of them is alive. */
function instrumented(sampled?: (count: number) => boolean) {
  const mutants = new Map<string, Mutant>()
  const { transform } = mutations((id) => (id === '/x/code.ts' ? 'code.ts' : undefined), mutants, sampled) as unknown as {
    transform(code: string, id: string): string | undefined
  }
  expect(transform(CODE, '/x/other.ts')).toBeUndefined()
  const code = transform(CODE, '/x/code.ts?v=1')!
  const given = (alive: string) =>
    runInNewContext(`${code}; JSON.stringify(calls.map((call) => subject(...call)))`, { calls: CALLS, __mutant: alive })
  return { mutants, given }
}

test('code with its mutants does what it did, until one is alive', () => {
  const { mutants, given } = instrumented()
  const right = runInNewContext(`${CODE}; JSON.stringify(calls.map((call) => subject(...call)))`, { calls: CALLS })
  expect(given('')).toBe(right)
  for (const [id, { before, after }] of mutants) expect(given(id), `${before} → ${after}`).not.toBe(right)
  const changes = [...mutants.values()].map(({ line, before, after }) => `${line}: ${before} → ${after}`)
  expect(changes.toSorted()).toEqual(
    [
      '6: values.length > limit → values.length >= limit',
      '6: !values.includes(9) → values.includes(9)',
      '6: values.length > limit && !values.includes(9) → values.length > limit',
      '6: values.length > limit && !values.includes(9) → !values.includes(9)',
      '6: values.length > limit && !values.includes(9) → true',
      '6: values.length > limit && !values.includes(9) → false',
      "6: say('many') → (left out)",
      '7: values.filter((value) => value % 2 === 0) → values',
      '7: value % 2 === 0 → value % 2 !== 0',
      '8: i < even.length → i <= even.length',
      '8: even[i] + 1 → even[i] - 1',
      '8: say(even[i] + 1) → (left out)',
      '9: values.every((value) => value > limit) → values.some((value) => value > limit)',
      '9: value > limit → value >= limit',
      '9: true → false',
    ].toSorted(),
  )
})

test('samples of one in three are all of them together, under the same names', () => {
  const { mutants } = instrumented()
  const parts = [0, 1, 2].map((part) => instrumented((count) => count % 3 === part))
  expect(new Map(parts.flatMap(({ mutants }) => [...mutants]).toSorted())).toEqual(new Map([...mutants].toSorted()))
  for (const { mutants, given } of parts) for (const id of mutants.keys()) expect(given(id)).toBe(instrumented().given(id))
})
