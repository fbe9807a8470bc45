// npm run mutate -- verifier|attestation|zkml|seal|kernels|contracts [--short] [--only PARTS] [--sample K/N] [--jobs N] [--update]: makes it wrong in every
// way that one change can, and demands that a vector or a unit test notices. Exits with 1 if a mutant survives.
//   --short   its own sources only, without those that take minutes (zk proves anew, signatures in plain JavaScript), and no unit test for
//             mutants that known.json says one notices
//   --only    these parts of its own sources and nothing else, such as zk/,tensors/,checks/zk.ts; or files below, by their whole path
//   --sample  of each file only the K-th of N mutants, and every N-th after it: 1/N to N/N are all
//   --update  writes what unit tests notice of its own sources to known.json
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'vite'
import { distribute } from './mutate/distribute.mjs'
import { mutations, one } from './mutate/instrument.mjs'
import { compiledKernels } from './mutate/kernels.mjs'
import { noted, reach } from './mutate/reach.mjs'
import { solidityMutants } from './mutate/solidity.mjs'
import { TARGETS } from './mutate/targets.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const args = process.argv.slice(2)
const short = args.includes('--short')
const given = (flag) => (args.includes(flag) ? (args[args.indexOf(flag) + 1] ?? '') : undefined)
const only = given('--only')?.split(',')
const jobs = Number(given('--jobs') ?? Math.min(4, availableParallelism()))
const [part, parts] = (given('--sample') ?? '1/1').split('/').map(Number)
const name = args.find((arg) => !arg.startsWith('-'))

if (name === undefined || !Object.hasOwn(TARGETS, name)) {
  console.error(`mutate: which one?  npm run mutate -- ${Object.keys(TARGETS).join('|')} [--short] [--only PARTS]`)
  process.exit(2)
}
const target = TARGETS[name]
const SUBJECTS = only
  ? only.map((part) => (/^(packages|contracts)\//.test(part) ? part : `${target.own[0]}${part}`))
  : short
    ? target.own
    : [...target.own, ...target.below]
const LEFT = short ? [...target.never, ...target.long] : target.never
const folder = join(root, '.build', 'mutate', name)
if ((only && short) || ((only || parts !== 1) && args.includes('--update'))) {
  console.error('mutate: --only does not go with --short, nor --update with a part')
  process.exit(2)
}
if (!Number.isSafeInteger(part) || !Number.isSafeInteger(parts) || part < 1 || part > parts) {
  console.error(`mutate: --sample ${given('--sample')}: which of how many, such as 1/8`)
  process.exit(2)
}

const knownFile = join(root, target.folder, 'known.json')
const known = JSON.parse(readFileSync(knownFile, 'utf8'))
const started = Date.now()
const sampled = (count) => count % parts === part % parts
/** Noticed by nothing but that the tests did not end: to be looked at, since a machine that is busy enough notices every mutant. */
const late = new Set()
/** No mutants: they do not compile, or give the code that is there. */
const vain = new Set()
const told = new Set()
/** Whether what `notNoticed` says is all there is to ask. */
const atOnce = target.assembly || target.solidity
const { mutants, bundle } = await instrumented()
if (mutants.size === 0) {
  console.error(`mutate: ${only ? `--only ${given('--only')} names` : 'there is'} nothing that could be made wrong`)
  process.exit(2)
}
console.error(`mutate: ${mutants.size} mutants …`)
const alive = await onVectors()
const same = (mutant) => (id) => ['file', 'before', 'after'].every((key) => mutant[key] === mutants.get(id)[key])
/** Each entry of the list stands for one mutant: another with the same words elsewhere is another one. */
const equivalent = []
const stale = known.equivalent.filter((entry) => {
  const id = alive.find((id) => !equivalent.includes(id) && same(entry)(id))
  if (id !== undefined) equivalent.push(id)
  return id === undefined && parts === 1 && [...mutants.values()].some(({ file }) => file === entry.file)
})
const doubtful = alive.filter((id) => !equivalent.includes(id) && !(short && known.unit.some((entry) => same(entry)(id))))
console.error(`mutate: ${alive.length} not noticed by vectors, ${doubtful.length} to try on unit tests …`)
const quiet = await onTests(doubtful)
if (target.tests) for (const id of quiet) console.error(`not noticed  ${change(mutants.get(id))}`)
if (target.tests) console.error(`mutate: ${quiet.length} not noticed by tests in one process …`)
const survivors = atOnce ? quiet : await onUnitTests(quiet)
if (atOnce) for (const id of survivors) console.log(`survived  ${change(mutants.get(id))}`)
report()

/** One file with the subject and all its mutants. Code that it does not reach is not in it, nor are its mutants. */
async function instrumented() {
  if (target.assembly) {
    const { mutants, kernels } = await compiledKernels(root, SUBJECTS, sampled)
    return { mutants, bundle: await withTests([kernels]) }
  }
  if (target.solidity) {
    // A genesis is made once for all tests, but for each set of codes.
    const genesis = 'const genesisWrites = new Map'
    const become = 'globalThis.__become = (codes) => (Object.assign(creationCode, codes), globalThis.__genesis?.clear())'
    const changed = {
      name: 'codes',
      transform(code, id) {
        if (id.endsWith('contracts/src/generated/bytecode.ts')) return `${code}\n${become}`
        if (!id.endsWith('test/contracts/harness.ts')) return undefined
        if (!code.includes(genesis)) throw new Error(`mutate: ${id} does not say ${genesis}`)
        return code.replace(genesis, 'const genesisWrites = globalThis.__genesis = new Map')
      },
    }
    return { mutants: solidityMutants(root, SUBJECTS, sampled), bundle: await withTests([changed], 'contracts/subject.mjs') }
  }
  const all = new Map()
  const bundle = await bundled(join(root, target.folder, 'subject.ts'), 'subject', [mutations(wanted, all, sampled)])
  const reached = new Set([...readFileSync(bundle, 'utf8').matchAll(/__mutant [!=]== ["']([^"']+)/g)].map(([, id]) => id))
  return { mutants: new Map([...all].filter(([id]) => reached.has(id))), bundle }
}

function wanted(id) {
  const file = relative(root, id).replaceAll('\\', '/')
  const left = /\.(test|testkit)\.ts$/.test(file) || LEFT.some((part) => file.startsWith(part))
  return !left && SUBJECTS.some((subject) => file.startsWith(subject)) ? file : undefined
}

/** The tests of the target, to be run in one process. */
function withTests(plugins, subject = 'tests/subject.mjs') {
  const files = readdirSync(join(root, 'packages'), { recursive: true }).map((file) => `packages/${file.replaceAll('\\', '/')}`)
  const packages = new Set((target.solidity ? [target.folder] : SUBJECTS).map((subject) => subject.split('/')[1]))
  const wanted = (file) =>
    file.endsWith('.test.ts') && !file.includes('/node_modules/') && packages.has(file.split('/')[1]) && target.tests(file)
  const tests = files.filter(wanted)
  const listed = {
    name: 'tests',
    resolveId: (id) => (id === 'mutate:tests' ? id : undefined),
    load: (id) => (id === 'mutate:tests' ? tests.map((file) => `import ${JSON.stringify(join(root, file))}`).join('\n') : undefined),
    enforce: 'pre',
    // Packages say that their modules do nothing when they are loaded. Tests do, and they look for files where they stand.
    transform: (code, id) => ({
      code: `${target.solidity && id.endsWith('.test.ts') ? 'globalThis.__file();' : ''}${code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))}`,
      moduleSideEffects: id === 'mutate:tests' || id.endsWith('.test.ts') || undefined,
    }),
  }
  const vitest = join(root, 'scripts/mutate/tests/vitest.mjs')
  return bundled(join(root, 'scripts/mutate', subject), 'tests', [...plugins, listed], { vitest })
}

/** The path of the bundle NAME.mjs, beside which is NAME.noted.mjs: the same with a note of every mutant that is come by. */
async function bundled(entry, name, plugins, alias = {}) {
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    resolve: { alias, conditions: ['source'] },
    ssr: { noExternal: true, resolve: { conditions: ['source'] } },
    plugins,
    build: {
      ssr: entry,
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: { output: { entryFileNames: `${name}.mjs`, codeSplitting: false } },
    },
  })
  const file = join(folder, `${name}.mjs`)
  rmSync(`${file}.asked.json`, { force: true })
  writeFileSync(join(folder, `${name}.noted.mjs`), noted(readFileSync(file, 'utf8')))
  return file
}

/** The ids that no vector notices. */
function onVectors() {
  const vectors = {}
  for (const group of target.vectors) {
    const path = join(root, 'vectors', group)
    for (const name of readdirSync(path).sort()) vectors[`${group}/${name}`] = JSON.parse(readFileSync(join(path, name), 'utf8'))
  }
  // Of kernels and contracts nothing else is asked.
  return notNoticed(bundle, vectors, [...mutants.keys()], atOnce && ((id) => console.error(`not noticed  ${change(mutants.get(id))}`)))
}

/** Of those, the ids that no test notices that can be run in one process. */
async function onTests(ids) {
  if (ids.length === 0 || target.tests === undefined || atOnce) return ids
  return notNoticed(await withTests([mutations(wanted, new Map(), sampled)]), {}, ids)
}

/** Tries mutants on what a bundle holds. What comes out is remembered for as long as neither the code nor a vector changes. */
async function notNoticed(bundle, vectors, ids, found) {
  const key = createHash('sha256')
    .update(readFileSync(bundle))
    // Mutants come in the order in which their files happen to be read.
    .update(JSON.stringify([vectors, [...ids].sort()]))
    .digest('hex')
  const file = join(dirname(folder), `${key}.json`)
  if (existsSync(file)) {
    const before = JSON.parse(readFileSync(file, 'utf8'))
    for (const id of before.late) late.add(id)
    for (const id of before.vain ?? []) vain.add(id)
    return before.ids
  }
  const [code, notes] = [bundle, bundle.replace(/mjs$/, 'noted.mjs')].map((path) => pathToFileURL(path).href)
  const script = target.solidity ? 'contracts/process.mjs' : 'vectors.mjs'
  const data = { bundle: code, noted: notes, vectors, ...(target.solidity && { root, mutants: Object.fromEntries(mutants) }) }
  const options = { jobs, patience: () => 30_000, late, vain, found, tell }
  const alive = await distribute(join(root, 'scripts/mutate', script), ids, data, options)
  writeFileSync(file, JSON.stringify({ ids: alive, late: [...late], vain: [...vain] }))
  return alive
}

/** Says once which tests are not tried. */
function tell(left) {
  for (const line of left.filter((line) => !told.has(line))) console.error(`not tried  ${one(line)}`)
  for (const line of left) told.add(line)
}

/** Of those, the ids that no unit test notices either. Only tests that come by a mutant are tried on it. */
async function onUnitTests(ids) {
  if (ids.length === 0) return []
  const config = join(root, 'scripts/mutate/vitest.config.ts')
  const named = new Map(ids.map((id) => [id, [target.units(root, mutants.get(id).file)].flat()]))
  const { took, reached } = await reach(root, config, SUBJECTS, [...named.values()])
  const tests = Object.fromEntries(ids.map((id) => [id, reached(named.get(id), id)]))
  const found = (id) => console.log(`survived  ${change(mutants.get(id))}`)
  const missed = ids.filter((id) => tests[id].length === 0)
  missed.forEach(found)
  const tried = ids.filter((id) => tests[id].length > 0)
  console.error(`mutate: no test comes by ${missed.length}; ${tried.length} to try …`)
  const data = { root, config, subjects: SUBJECTS, tests }
  const patience = (id) => 90_000 + 5 * tests[id].reduce((sum, file) => sum + took(file), 0)
  return [...missed, ...(await distribute(join(root, 'scripts/mutate/units.mjs'), tried, data, { jobs, patience, late, found }))]
}

function change({ file, line, before, after }) {
  return `${file}${line === undefined ? '' : `:${line}`}  ${before}  →  ${after}`
}

function report() {
  for (const id of late) console.log(`did not end  ${change(mutants.get(id))}`)
  for (const entry of stale) console.log(`listed as changing nothing, but noticed or gone  ${change(entry)}`)
  const units = alive.filter((id) => !equivalent.includes(id) && !survivors.includes(id))
  if (args.includes('--update')) {
    const own = units.map((id) => mutants.get(id)).filter(({ file }) => target.own.some((subject) => file.startsWith(subject)))
    const unit = own.map(({ file, before, after }) => ({ file, before, after }))
    writeFileSync(knownFile, `${JSON.stringify({ equivalent: known.equivalent, unit }, null, 1)}\n`)
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(0)
  console.log(
    `mutate: ${mutants.size} mutants${parts === 1 ? '' : `, one of ${parts}`}, ${mutants.size - alive.length - vain.size} noticed by ${target.solidity ? 'tests' : 'vectors'},${vain.size > 0 ? ` ${vain.size} with the same code or none,` : ''} ${units.length} by unit tests, ${equivalent.length} known to change nothing, ${survivors.length} survived; ${late.size} did not end; ${seconds} s`,
  )
  process.exit(survivors.length === 0 ? 0 : 1)
}
