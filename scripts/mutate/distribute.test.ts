import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { distribute } from './distribute.mjs'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Tries `ids` on tests in one process, as `tests/subject.mjs` holds them; `is` says in their code whether a mutant is alive. */
async function tried(ids: readonly string[], tests: string, firstDifference = '(most) => trials.firstDifference(most)') {
  const folder = mkdtempSync(join(tmpdir(), 'mutate-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const bundle = join(folder, 'tests.mjs')
  const kept = join(folder, 'asked.json')
  writeFileSync(
    bundle,
    `import { existsSync, readFileSync, writeFileSync } from 'node:fs'
    import { failureOf, Trials } from ${JSON.stringify(here('tests/trials.mjs'))}
    import { beforeEach, expect, test, tests } from ${JSON.stringify(here('tests/vitest.mjs'))}
    const is = (id) => {
      globalThis.__reached?.add(id)
      return globalThis.__mutant === id
    }
    const trials = new Trials({ choose() {}, numbers: () => ({ has: () => true }) })
    const asked = existsSync(${JSON.stringify(kept)}) ? JSON.parse(readFileSync(${JSON.stringify(kept)}, 'utf8')) : {}
    export const prepare = async () => {
      const reached = async (place) => {
        const ids = globalThis.__reached = new Set()
        await failureOf(tests[place])
        globalThis.__reached = undefined
        return ids
      }
      const found = await trials.prepare(tests, reached, asked)
      writeFileSync(${JSON.stringify(kept)}, JSON.stringify(asked))
      return found
    }
    export const firstDifference = ${firstDifference}
    ${tests}`,
  )
  const late = new Set<string>()
  const found: string[] = []
  const left = new Set<string>()
  const { href } = pathToFileURL(bundle)
  const data = { bundle: href, noted: href, vectors: {} }
  // What hangs may do so for as long as everything took without it; nothing else is ever waited for in vain.
  const patience = (id: string) => (id === 'hangs' ? 1 : 200_000)
  const tell = (names: readonly string[]) => names.forEach((name) => void left.add(name.replace(/:.*/s, '')))
  const alive = await distribute(here('vectors.mjs'), ids, data, { jobs: 1, patience, late, tell, found: (id) => found.push(id) })
  expect(found.toSorted()).toEqual(alive.toSorted())
  return { alive, late: [...late], left: [...left] }
}

test('what nothing notices is told, and what hangs or takes the process along is noticed, but doubted', async () => {
  const { alive, late, left } = await tried(
    ['fails', 'survives', 'hangs', 'unseen', 'rejects', 'exits', 'unknown'],
    `test('a', () => { if (is('fails')) throw new Error() ; is('survives') })
    test('b', async () => { if (is('rejects')) await Promise.reject(new Error()) })
    test('c', () => { while (is('hangs')); if (is('exits')) process.exit(7) })
    test('fails in any case', () => { is('unseen'); throw new Error() })`,
  )
  expect(alive).toEqual(['survives', 'unseen', 'unknown'])
  expect(late).toEqual(['hangs', 'exits'])
  expect(left).toEqual(['fails in any case'])
})

test('a mutant is not condemned by what another one has left behind, nor by a test that passes only once', async () => {
  const { alive, late, left } = await tried(
    ['spoils', 'survives', 'spoils quietly', 'after it', 'fails', 'once'],
    `let cache = 0
    let times = 0
    test('passes once', () => { is('once'); expect(times++).toBe(0) })
    test('seldom', () => { is('after it'); is('survives'); expect(cache < 2).toBe(true) })
    test('often', () => {
      if (is('spoils')) cache = 2
      if (is('spoils quietly')) cache = 2
      if (is('spoils')) throw new Error()
      if (is('fails')) throw new Error()
    })`,
  )
  expect(alive).toEqual(['survives', 'spoils quietly', 'after it', 'once'])
  expect([late, left]).toEqual([[], ['passes once']])
})

test('questions that a test has put are asked again in its place, in a row and by the next process, too', async () => {
  const { alive } = await tried(
    ['answers', 'hangs', 'answers otherwise', 'leaves something', 'reckons', 'neither'],
    `let left = 0
    const answer = (to) => {
      while (is('hangs'));
      if (left++ > 0 && is('leaves something')) return 0
      return is('answers') ? 0 : is('answers otherwise') && to === 2 ? 0 : to
    }
    globalThis.__askAgain = ({ to, said }) => {
      expect(answer(to)).toBe(said)
      if (to === 2) left = 0
    }
    test('compares', () => {
      for (const to of [1, 2]) {
        globalThis.__asked?.push({ to, said: answer(to) })
        expect(answer(to)).toBe(is('reckons') ? 0 : to)
      }
    })`,
  )
  expect(alive).toEqual(['reckons', 'neither'])
})

test('tests that cannot be loaded notice nothing: there is no answer', async () => {
  await expect(tried(['any'], `import 'node:nothing'`)).rejects.toThrow(/do not even pass without a mutant[\s\S]*node:nothing/)
  await expect(tried(['any'], 'beforeEach(() => {})')).rejects.toThrow(/beforeEach is only run by Vitest/)
})

test('what is no mutant is counted apart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mutate-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const script = join(folder, 'script.mjs')
  writeFileSync(
    script,
    `process.once('message', async ({ ids }) => {
      const send = (message) => new Promise((sent) => process.send(message, sent))
      for (const id of ids) {
        await send({ id })
        await send({ id, noticed: id !== 'survives', ...(id === 'none' && { vain: true }) })
      }
      process.exit(0)
    })`,
  )
  const [late, vain] = [new Set<string>(), new Set<string>()]
  const options = { jobs: 1, patience: () => 200_000, late, vain }
  expect(await distribute(script, ['fails', 'none', 'survives'], {}, options)).toEqual(['survives'])
  expect([[...late], [...vain]]).toEqual([[], ['none']])
})

test('nor is there one where what tries mutants fails by itself, or leaves before its work is done', async () => {
  const broken = `() => { throw new Error('not a mutant') }`
  await expect(tried(['any'], `test('a', () => { is('any') })`, broken)).rejects.toThrow(/fails by itself[\s\S]*not a mutant/)
  await expect(tried(['any'], 'process.exit(0)')).rejects.toThrow(/do not even pass/)
})
