import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { instrument, one } from './instrument.mjs'

const SWAPPED = {
  ...{ '==': '!=', '!=': '==', '<': '<=', '<=': '<', '>': '>=', '>=': '>' },
  ...{ '+': '-', '-': '+', '*': '+', '<<': '>>', '>>': '<<', '&': '|', '|': '&', '^': '|' },
}
const CHANGES = new Set(['CallExpression', 'AssignmentExpression', 'UpdateExpression'])

/** AssemblyScript has no `===`; here the bits of numbers are shifted, masked and put together. */
const ASSEMBLYSCRIPT = {
  alive: (id) => `__mutant(${number(id)})`,
  not: (id) => `!__mutant(${number(id)})`,
  swapped: SWAPPED,
  left: ({ type }) => CHANGES.has(type),
  /** An offset of a load left out, if it is one. */
  more: (node, source) =>
    node.type === 'CallExpression' && source(node.callee) === 'load' && node.arguments.length === 2 && source(node.arguments[1]) !== '0'
      ? [`${source(node).slice(0, node.arguments[0].end - node.start)})`]
      : [],
}
const number = (id) => Number(id.split('#')[1])

/** How often the place of a mutant that is alive is come by before the module gives up: what never ends does it again and again. */
const PATIENCE = 2 ** 22

/** Most mutants of all modules together: each has a bit in every module. */
const MOST = 2 ** 15

/** Which mutant is alive, and what was come by. */
const SWITCH = `
let alive: u32 = 0
let patience: u32 = 0
const reached: usize = memory.data(${MOST / 8})
export function __choose(id: u32): void {
  alive = id
  patience = ${PATIENCE}
  memory.fill(reached, 0, ${MOST / 8})
}
export function __reached(): usize { return reached }
export function __bytes(): u32 { return ${MOST / 8} }
export function __mutant(id: u32): bool {
  const at = reached + (id >> 3)
  store<u8>(at, load<u8>(at) | <u8>(1 << (<u8>id & 7)))
  if (id != alive) return false
  if (--patience == 0) unreachable()
  return true
}
`

/** Unrolled by what writes it, the same few lines hundreds of times: not mutated. */
const UNROLLED = /\/(compress|blake2|montgomery)\.ts$/

/** A source with its mutants. Decorators are no TypeScript; what is not written out everywhere compiles sooner. */
function withMutants(file, text, mutants, sampled) {
  const code = text.replaceAll('@inline', '       ')
  const parsed = code.replace(/@external\(.*?\)/g, (decorator) => ' '.repeat(decorator.length))
  let count = 0
  const register = (node, before, after) => {
    if (!sampled(++count)) return undefined
    const id = `${file}#${mutants.size + 1}`
    mutants.set(id, { file, line: code.slice(0, node.start).split('\n').length, before: one(before), after: one(after) })
    return id
  }
  return `import { __mutant } from './mutant'; ${instrument(code, register, ASSEMBLYSCRIPT, parsed)}`
}

/**
 * Compiles the kernels under `subjects` with every mutant inside, numbered through all modules; of each file
 * those of which `sampled` wants the number. Gives the mutants by id, file and number, and a Vite
 * plugin that has these modules instead of what is in `src/generated`.
 */
export async function compiledKernels(root, subjects, sampled = () => true) {
  const mutants = new Map()
  /** Of what several modules hold, the mutants are alive in all of them. */
  const changed = new Map()
  const source = (file, text) => {
    if (file.endsWith('/mutant.ts')) return SWITCH
    if (text === null) return null
    if (!changed.has(text)) {
      const wanted = subjects.some((subject) => file.startsWith(subject)) && !UNROLLED.test(file)
      changed.set(text, wanted ? withMutants(file, text, mutants, sampled) : text)
    }
    return changed.get(text) + (file.endsWith('/index.ts') ? "\nexport { __bytes, __choose, __reached } from './mutant'\n" : '')
  }
  const changes = {
    zkml: (path, text) => source(`packages/zkml/${path}`, text),
    chain: (module, file, text) => source(`packages/chain/assembly/${module}/${file}`, text),
  }
  const made = new Map()
  for (const [name, change] of Object.entries(changes)) {
    if (!subjects.some((subject) => subject.startsWith(`packages/${name}/`))) continue
    const { generated } = await import(pathToFileURL(join(root, 'packages', name, 'gen.mjs')).href)
    made.set(join(root, 'packages', name, 'src/generated/kernels.ts'), await generated(change))
  }
  if (mutants.size >= MOST) throw new Error(`mutate: ${mutants.size} mutants are more than modules have bits for`)
  return { mutants, kernels: { name: 'kernels', enforce: 'pre', load: (id) => made.get(id) } }
}
