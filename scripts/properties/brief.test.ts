import fc from 'fast-check'
import { expect, test } from 'vitest'
import { brief } from './brief.ts'

const thrown = async (work: () => unknown): Promise<Error> => {
  try {
    await work()
  } catch (error) {
    return error as Error
  }
  return expect.unreachable()
}
/** More than is told here, and less than is told elsewhere. */
const large = fc.uint8Array({ minLength: 300, maxLength: 600, size: 'max' })

test.each(['at once', 'later'])(
  'a property that fails %s is made no smaller when its time is over, and tells its seed first',
  async (when) => {
    let runs = 0
    const plugins = [brief({ shrinkMs: 0, characters: 300 })]
    const check = () => {
      runs++
      if (runs > 3) throw new Error('always')
    }
    const property = when === 'at once' ? fc.property(large, check) : fc.asyncProperty(large, async () => check())
    const error = await thrown(() => fc.assert(property as fc.IProperty<unknown>, { plugins, seed: 17 }))
    expect(runs).toBe(4)
    expect(error.message).toMatch(/^Property failed after 4 tests\n\{ seed: 17, path: "3", endOnFailure: true \}\nCounterexample: \[/)
    expect(error.message).toMatch(/… \d+ characters more: seed and path repeat it\.$/)
    expect(error.message.length).toBeLessThan(360)
    expect(error.cause).toMatchObject({ message: 'always' })
    expect(
      (await thrown(() => fc.assert(property as fc.IProperty<unknown>, { seed: 17, path: '3', endOnFailure: true }))).message,
    ).toContain('Property failed after 1 tests')
  },
)

test('one that fails with little is made as small as it can be, and told in full', async () => {
  const plugins = [brief({ shrinkMs: 600_000, characters: 4_000 })]
  const property = fc.property(fc.nat(), (x) => x < 1_000)
  expect((await thrown(() => fc.assert(property, { plugins, numRuns: 1_000 }))).message).toMatch(/Counterexample: \[1000\]\n/)
})

test('one that holds, and a case that does not count, are as ever', () => {
  const plugins = [brief({ shrinkMs: 0, characters: 0 })]
  let counted = 0
  fc.assert(
    fc.property(fc.nat(), (x) => {
      fc.pre(x % 2 === 0)
      counted++
    }),
    { plugins, numRuns: 50 },
  )
  expect(counted).toBe(50)
})
