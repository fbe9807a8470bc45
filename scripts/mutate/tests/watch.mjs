// Keeps an eye on every WebAssembly module that is loaded after this one: those that hold mutants (`kernels.mjs`) can be made wrong.
const modules = []
let alive = 0

const { Instance } = WebAssembly
WebAssembly.Instance = class extends Instance {
  constructor(module, imports) {
    super(module, imports)
    const { exports } = this
    if (exports.__choose === undefined) return
    exports.__choose(alive)
    globalThis.__kernels = true
    const memory = exports.memory ?? imports.env.memory
    modules.push({ exports, memory, fresh: new Uint8Array(memory.buffer, 0, end(exports)).slice() })
  }
}
WebAssembly.instantiate = async (module, imports) => new WebAssembly.Instance(module, imports)

/** Where the static data of a module ends. */
const end = ({ heapBase, memory }) => heapBase?.() ?? memory.buffer.byteLength

/**
 * Makes a mutant alive in all modules, those that come later, too; 0 is none. Nothing is reached yet. Their static data is again what it was at
 * first, but for the labels that JavaScript has put there: what an earlier call has left would do for what a mutant leaves out.
 */
export function choose(mutant) {
  alive = mutant
  for (const { exports, memory, fresh } of modules) {
    const now = new Uint8Array(memory.buffer, 0, fresh.length)
    const at = exports.labelArea?.() ?? 0
    const labels = now.slice(at, at + (at && 1024))
    now.set(fresh)
    now.set(labels, at)
    exports.__choose(mutant)
  }
}

/** The numbers of the mutants that were come by since. */
export function numbers() {
  const bits = new Uint8Array(Math.max(0, ...modules.map(({ exports }) => exports.__bytes())))
  for (const { exports, memory } of modules)
    for (const [i, byte] of new Uint8Array(memory.buffer, exports.__reached(), exports.__bytes()).entries()) bits[i] |= byte
  return { has: (number) => ((bits[number >> 3] >> (number & 7)) & 1) === 1 }
}
