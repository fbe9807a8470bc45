import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * What has to be done before the checkout can run: install → contracts, wasm, curves, signatures → typescript, web, pack, attesters. A step waits for those that it
 * names in `after` and that have to be done too; the others can be done at the same time. One that is done `meanwhile` is for tests and for
 * programs of users: og runs from what is packed, and a network starts before it is done.
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
    const missing = [...sources].some((file) => !files.has(outputOf(file)))
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
        name: 'curves',
        after: [],
        says: 'compiling the kernels of the chain …',
        argv: [process.execPath, this.at('packages', 'chain', 'gen.mjs')],
        inputs: ['packages/chain/assembly', 'packages/chain/gen.mjs', 'package-lock.json'],
        stale: !existsSync(this.at('packages', 'chain', 'src', 'generated', 'kernels.ts')),
      },
      ...this.signatures(),
      {
        name: 'typescript',
        after: ['contracts', 'wasm', 'curves'],
        says: 'building the packages …',
        argv: [...this.bin('typescript'), '-b', this.root],
        inputs: ['contracts/src', 'packages', 'tsconfig.json', 'tsconfig.base.json', 'package-lock.json'],
        stale: vanished || missing,
        clean: vanished || missing ? this.compiled() : [],
        meanwhile: true,
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
        stale: !existsSync(this.at('packages', 'cli', 'dist', 'page', 'index.html')),
      },
      {
        name: 'pack',
        after: ['contracts', 'wasm', 'curves'],
        says: 'packing og …',
        argv: [...this.bin('vite'), 'build', this.at('packages', 'cli'), '--logLevel', 'error'],
        inputs: ['contracts/src', 'packages', 'models', 'scripts/pack.mjs', 'scripts/packed', 'package-lock.json'],
        stale: !existsSync(this.at('packages', 'cli', 'dist', 'packed', 'main.js')),
      },
      {
        name: 'attesters',
        after: [],
        says: 'packing development attesters …',
        argv: [...this.bin('vite'), 'build', this.at('packages', 'attestation-dev'), '--logLevel', 'error'],
        inputs: ['packages/attestation-dev', 'packages/protocol/src', 'scripts/pack.mjs', 'scripts/packed', 'package-lock.json'],
        stale: !existsSync(this.at('packages', 'attestation-dev', 'dist', 'packed', 'index.js')),
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

  /** libsecp256k1, where it can be compiled: on 64 bits of Linux with a C compiler. Where it is not, signatures take longer. */
  signatures() {
    const machine = `${process.platform}-${process.arch}`
    const compiler = (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'cc')))
    if (!compiler || !['linux-x64', 'linux-arm64'].includes(machine)) return []
    const made = [`native-${machine}.node`, 'failed.txt'].map((name) => this.at('packages', 'protocol', 'native', 'dist', name))
    return [
      {
        name: 'signatures',
        after: [],
        says: 'compiling libsecp256k1 …',
        argv: [process.execPath, this.at('packages', 'protocol', 'native', 'gen.mjs')],
        inputs: ['packages/protocol/native', 'package-lock.json'],
        stale: !made.some((file) => existsSync(file)),
      },
    ]
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
    for (const path of paths) hash.update(files.digest(path))
    return hash.digest('hex')
  }

  /** Folders that `tsc -b` builds. */
  folders() {
    return ['contracts', ...readdirSync(this.at('packages')).map((name) => `packages/${name}`)].filter(
      (folder) => folder !== 'packages/web',
    )
  }

  /** What `tsc -b` wrote; what is packed and the page lie beside it, and a network may run from them. */
  compiled() {
    return this.folders().flatMap((folder) =>
      (list(this.at(folder, 'dist')) ?? [])
        .filter((name) => name !== 'packed' && name !== 'page')
        .map((name) => this.at(folder, 'dist', name)),
    )
  }

  /** TypeScript files that must have an output. */
  sources(files = new Files(this.root)) {
    return this.folders()
      .flatMap((folder) => files.under(`${folder}/src`).map(({ file }) => file))
      .filter((file) => file.endsWith('.ts') && !/\.(d|testkit)\.ts$/.test(file))
  }
}

/** What `tsc -b` makes of a source. */
function outputOf(file) {
  return `${file.slice(0, -'.ts'.length).replace('/src/', '/dist/')}.js`
}

const IGNORED = new Set(['node_modules', 'dist', 'test', 'e2e', 'conformance'])

/** What lies below a folder, each folder looked at once: this runs before every command. Paths are relative, with slashes. */
class Files {
  #names = new Map()
  #below = new Map()
  #digests = new Map()

  constructor(root) {
    this.root = root
  }

  /** Inputs of the build below a path, sorted, with size and time of the last write: neither outputs nor tests. */
  under(path) {
    const known = this.#below.get(path)
    if (known) return known
    const entries = list(`${this.root}/${path}`, { withFileTypes: true })
    const found = []
    if (entries) this.#collect(path, entries, found)
    else this.#add(path, found)
    this.#below.set(path, found)
    return found
  }

  /** Whether there is such a file. A folder is listed once for all that are asked for: one call of the system, not one for each. */
  has(file) {
    const end = file.lastIndexOf('/')
    const folder = file.slice(0, end)
    let names = this.#names.get(folder)
    if (names === undefined) {
      names = new Set(list(`${this.root}/${folder}`))
      this.#names.set(folder, names)
    }
    return names.has(file.slice(end + 1))
  }

  /** Changes when a file below the path is added, removed or written. */
  digest(path) {
    const known = this.#digests.get(path)
    if (known) return known
    const lines = this.under(path).map(({ file, size, written }) => `${file}\0${size}\0${written}\n`)
    const digest = createHash('sha256').update(lines.join('')).digest('hex')
    this.#digests.set(path, digest)
    return digest
  }

  #collect(path, entries, found) {
    entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    for (const entry of entries) {
      const { name } = entry
      if (IGNORED.has(name) || name.endsWith('.test.ts')) continue
      if (entry.isDirectory()) found.push(...this.under(`${path}/${name}`))
      else this.#add(`${path}/${name}`, found)
    }
  }

  #add(file, found) {
    const stat = statSync(`${this.root}/${file}`, { throwIfNoEntry: false })
    // Whole microseconds: the double that holds more takes ten times as long to print.
    if (stat) found.push({ file, size: stat.size, written: Math.trunc(stat.mtimeMs * 1000) })
  }
}

/** The entries of a folder; undefined when it is none. */
function list(folder, options) {
  try {
    return readdirSync(folder, options)
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  }
}
