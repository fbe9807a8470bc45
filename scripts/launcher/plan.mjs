import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What has to be done before the checkout can run: install → contracts, wasm → typescript, web, pack. A step waits for those that it names in
 * `after` and that have to be done too; the others can be done at the same time.
 * A step is out of date when its inputs changed since the stamp, which is written only after it succeeded, or when an output is missing.
 */
export class Checkout {
  constructor(root) {
    this.root = root
  }

  at = (...parts) => join(this.root, ...parts)

  get stampFile() {
    return this.at('.build', 'stamp.json')
  }

  /** What the launcher has done here so far. */
  stamp() {
    try {
      return JSON.parse(readFileSync(this.stampFile, 'utf8'))
    } catch {
      return {}
    }
  }

  plan({ keys = {}, sources: before = [] }) {
    if (keys.install !== this.installKey() || !existsSync(this.at('node_modules', 'typescript'))) return [this.install()]
    const files = new Files(this.root)
    const sources = new Set(this.sources(files))
    const vanished = before.some((file) => !sources.has(file))
    const missing = [...sources].some((file) => !existsSync(this.at(file.replace('/src/', '/dist/').replace(/\.ts$/, '.js'))))
    const steps = [
      {
        name: 'contracts',
        after: [],
        says: 'compiling the contracts …',
        argv: [process.execPath, this.at('contracts', 'gen.mjs')],
        inputs: ['contracts/sol', 'contracts/gen.mjs', 'package-lock.json'],
        stale: !existsSync(this.at('contracts', 'src', 'generated')),
      },
      {
        name: 'wasm',
        after: [],
        says: 'compiling the proof kernels …',
        argv: [process.execPath, this.at('packages', 'zkml', 'gen.mjs')],
        inputs: ['packages/zkml/assembly', 'packages/zkml/gen.mjs', 'package-lock.json'],
        stale: !existsSync(this.at('packages', 'zkml', 'src', 'generated', 'kernels.ts')),
      },
      {
        name: 'typescript',
        after: ['contracts', 'wasm'],
        says: 'building the packages …',
        argv: [...this.bin('typescript'), '-b', this.root],
        inputs: ['contracts/src', 'packages', 'tsconfig.json', 'tsconfig.base.json', 'package-lock.json'],
        stale: vanished || missing,
        clean: vanished || missing ? this.folders().map((folder) => this.at(folder, 'dist')) : [],
      },
      {
        name: 'web',
        after: ['contracts', 'wasm'],
        says: 'building the verify page …',
        argv: [...this.bin('vite'), 'build', this.at('packages', 'web'), '--logLevel', 'error'],
        // What runs in a browser, and with it everything that verifies.
        inputs: [
          ...['web', 'verifier/src', 'attestation/src', 'zkml/src', 'protocol/src'].map((name) => `packages/${name}`),
          'contracts/src',
          'package-lock.json',
        ],
        stale: !existsSync(this.at('packages', 'web', 'dist', 'index.html')),
      },
      {
        name: 'pack',
        after: ['contracts', 'wasm'],
        says: 'packing og …',
        argv: [...this.bin('vite'), 'build', this.at('packages', 'cli'), '--logLevel', 'error'],
        inputs: ['contracts/src', 'packages', 'scripts/pack.mjs', 'package-lock.json'],
        stale: !existsSync(this.at('packages', 'cli', 'dist', 'packed', 'main.js')),
      },
    ]
    return steps
      .map((step) => ({ ...step, key: () => this.key(step.inputs) }))
      .filter((step) => step.stale || keys[step.name] !== this.key(step.inputs, files))
  }

  install() {
    const npm = process.env.npm_execpath?.endsWith('.js')
      ? [process.execPath, process.env.npm_execpath]
      : [process.platform === 'win32' ? 'npm.cmd' : 'npm']
    return {
      name: 'install',
      after: [],
      says: 'installing packages (first start: about half a minute) …',
      argv: [...npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'],
      key: () => this.installKey(),
    }
  }

  /** A package's own command, run by this Node. */
  bin(name) {
    const { bin } = JSON.parse(readFileSync(this.at('node_modules', name, 'package.json'), 'utf8'))
    return [process.execPath, this.at('node_modules', name, typeof bin === 'string' ? bin : Object.values(bin)[0])]
  }

  /** Changes when the lockfile, the platform, the C library or Node's major version does. */
  installKey() {
    const libc = process.platform === 'linux' && readdirSync('/lib').some((name) => name.startsWith('ld-musl')) ? 'musl' : 'default'
    const machine = [process.platform, process.arch, process.versions.node.split('.')[0], libc].join(' ')
    return createHash('sha256')
      .update(readFileSync(this.at('package-lock.json')))
      .update(machine)
      .digest('hex')
  }

  /** Changes when a file below the paths is added, removed or written. */
  key(paths, files = new Files(this.root)) {
    const hash = createHash('sha256')
    for (const path of paths) for (const [file, stat] of files.under(path)) hash.update(`${file}\0${stat.size}\0${stat.mtimeMs}\n`)
    return hash.digest('hex')
  }

  /** Folders that `tsc -b` builds. */
  folders() {
    return ['contracts', ...readdirSync(this.at('packages')).map((name) => `packages/${name}`)].filter(
      (folder) => folder !== 'packages/web',
    )
  }

  /** TypeScript files that must have an output. */
  sources(files = new Files(this.root)) {
    return this.folders()
      .flatMap((folder) => files.under(`${folder}/src`).map(([file]) => file))
      .filter((file) => file.endsWith('.ts') && !/\.(d|testkit)\.ts$/.test(file))
  }
}

const IGNORED = new Set(['node_modules', 'dist', 'test', 'e2e', 'conformance'])

/** What lies below a folder, each folder looked at once: this runs before every command. Paths are relative, with slashes. */
class Files {
  #below = new Map()

  constructor(root) {
    this.root = root
  }

  /** Inputs of the build below a path, sorted, with their stats: neither outputs nor tests. */
  under(path) {
    const known = this.#below.get(path)
    if (known) return known
    const entries = list(join(this.root, path))
    const found = entries
      ? entries.filter(({ name }) => !IGNORED.has(name) && !name.endsWith('.test.ts')).flatMap((entry) => this.#entry(path, entry))
      : [path].flatMap((file) => this.#file(file))
    this.#below.set(path, found)
    return found
  }

  #entry(path, entry) {
    return entry.isDirectory() ? this.under(`${path}/${entry.name}`) : this.#file(`${path}/${entry.name}`)
  }

  #file(file) {
    const stat = statSync(join(this.root, file), { throwIfNoEntry: false })
    return stat ? [[file, stat]] : []
  }
}

/** The entries of a folder by name; undefined when it is none. */
function list(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  }
}
