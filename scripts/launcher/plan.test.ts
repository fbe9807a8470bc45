import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Checkout, type Step } from './plan.mjs'

let root: string
let stamp: { keys: Record<string, string>; sources: string[] }

const write = (path: string, text = '') => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
const plan = (): Step[] => new Checkout(root).plan(stamp)
const names = () => plan().map((step) => step.name)

/** Does what a step would leave behind, and stamps it. */
function finish(step: Step): void {
  if (step.name === 'install') for (const name of ['typescript', 'vite']) write(`node_modules/${name}/package.json`, '{"bin":{"x":"x.js"}}')
  if (step.name === 'contracts') write('contracts/src/generated/index.ts')
  if (step.name === 'wasm') write('packages/zkml/src/generated/kernels.ts')
  if (step.name === 'curves') write('packages/chain/src/generated/kernels.ts')
  if (step.name === 'typescript')
    for (const file of new Checkout(root).sources()) write(file.replace('/src/', '/dist/').replace('.ts', '.js'))
  if (step.name === 'web') write('packages/cli/dist/page/index.html')
  if (step.name === 'pack') write('packages/cli/dist/packed/main.js')
  if (step.name === 'signatures') write(`packages/protocol/native/dist/native-${process.platform}-${process.arch}.node`)
  if (step.name === 'attesters') write('packages/attestation-dev/dist/packed/index.js')
  stamp = { keys: { ...(step.name === 'install' ? {} : stamp.keys), [step.name]: step.key() }, sources: new Checkout(root).sources() }
}
function settle(): string[] {
  const done: string[] = []
  for (let step = plan()[0]; step; step = plan()[0]) {
    done.push(step.name)
    finish(step)
    if (done.length > 10) throw new Error(`the plan does not come to an end: ${done}`)
  }
  return done
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'og plan '))
  stamp = { keys: {}, sources: [] }
  // No compiler, whatever is on this machine.
  vi.stubEnv('PATH', join(root, 'bin'))
  for (const file of [
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.base.json',
    'contracts/gen.mjs',
    'contracts/sol/A.sol',
    'contracts/src/index.ts',
    'packages/zkml/gen.mjs',
    'packages/zkml/assembly/index.ts',
    'packages/chain/gen.mjs',
    'packages/chain/assembly/index.ts',
    'packages/a/src/x.ts',
    'packages/a/src/y.ts',
    'packages/web/src/page.ts',
    'packages/cli/src/main.ts',
  ])
    write(file)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true, force: true })
})

test('a fresh checkout installs, compiles the contracts and the kernels, builds, and then rests', () => {
  expect(settle()).toEqual(['install', 'contracts', 'wasm', 'curves', 'typescript', 'web', 'pack', 'attesters'])
  expect(names()).toEqual([])
})

test('another lockfile installs again and builds everything again', () => {
  settle()
  write('package-lock.json', 'changed')
  expect(settle()).toEqual(['install', 'contracts', 'wasm', 'curves', 'typescript', 'web', 'pack', 'attesters'])
})

test.runIf(process.platform === 'linux')('libsecp256k1 is compiled where there is a compiler, and again when its sources change', () => {
  write('packages/protocol/native/binding.c')
  expect(settle()).not.toContain('signatures')
  write('bin/cc')
  expect(names()).toEqual(['signatures'])
  settle()
  expect(names()).toEqual([])
  write('packages/protocol/native/binding.c', 'other')
  expect(names()).toContain('signatures')
})

test.runIf(process.platform === 'linux')('what could not be compiled is not tried at each start', () => {
  write('bin/cc')
  settle()
  rmSync(join(root, 'packages/protocol/native/dist'), { recursive: true })
  expect(names()).toEqual(['signatures'])
  write('packages/protocol/native/dist/failed.txt', 'why')
  expect(names()).toEqual([])
})

test('an installation that was killed (no stamp) is done again', () => {
  settle()
  stamp = { keys: {}, sources: [] }
  expect(names()).toEqual(['install'])
})

test('the contracts and the kernels can be compiled at the same time; what is built of them waits for them', () => {
  finish(plan()[0]!)
  const after = Object.fromEntries(plan().map((step) => [step.name, step.after]))
  expect(after).toEqual({
    contracts: [],
    wasm: [],
    curves: [],
    typescript: ['contracts', 'wasm', 'curves'],
    web: ['contracts', 'wasm'],
    pack: ['contracts', 'wasm', 'curves'],
    attesters: [],
  })
})

test('a network starts before typescript is done, and nothing waits for it', () => {
  finish(plan()[0]!)
  expect(plan().flatMap((step) => (step.meanwhile ? [step.name] : []))).toEqual(['typescript'])
  expect(plan().flatMap(({ after }) => after)).not.toContain('typescript')
})

test('a changed source builds; a changed test does not', () => {
  settle()
  write('packages/a/src/x.test.ts', 'new test')
  expect(names()).toEqual([])
  utimesSync(join(root, 'packages/a/src/x.ts'), new Date(), new Date(Date.now() + 5000))
  expect(names()).toEqual(['typescript', 'pack'])
})

test('a source that vanished, or an output that is missing, empties the outputs first, but leaves what is packed', () => {
  const cleaned = () => plan().find((step) => step.name === 'typescript')?.clean
  settle()
  rmSync(join(root, 'packages/a/src/y.ts'))
  expect(cleaned()).toEqual(expect.arrayContaining(['a/dist/y.js', 'cli/dist/main.js'].map((file) => join(root, 'packages', file))))
  for (const kept of ['packed', 'page']) expect(cleaned()).not.toContain(join(root, 'packages/cli/dist', kept))
  settle()
  rmSync(join(root, 'packages/a/dist/x.js'))
  expect(cleaned()).toContain(join(root, 'packages/a/dist/y.js'))
})

test('a changed contract compiles the contracts, then whatever was generated from them', () => {
  settle()
  write('contracts/sol/A.sol', 'contract A {}')
  expect(names()[0]).toBe('contracts')
})

test('a changed or missing kernel compiles the kernels before the packages', () => {
  settle()
  write('packages/zkml/assembly/index.ts', 'export {}')
  expect(names()).toEqual(['wasm', 'typescript', 'pack'])
  settle()
  rmSync(join(root, 'packages/zkml/src/generated/kernels.ts'))
  expect(names()[0]).toBe('wasm')
  settle()
  write('packages/chain/assembly/index.ts', 'export {}')
  expect(names()).toEqual(['curves', 'typescript', 'pack'])
  settle()
  rmSync(join(root, 'packages/chain/src/generated/kernels.ts'))
  expect(names()[0]).toBe('curves')
})
