import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * What has to be done before the checkout can run, in order: install → contracts → typescript → web.
 * A step is out of date when its inputs changed since the stamp, which is written only after it succeeded, or when an output is missing.
 */
export class Checkout {
  constructor(root) {
    this.root = root
  }

  at = (...parts) => join(this.root, ...parts)

  plan({ keys = {}, sources: before = [] }) {
    if (keys.install !== this.installKey() || !existsSync(this.at('node_modules', 'typescript'))) return [this.install()]
    const vanished = before.some((file) => !existsSync(this.at(file)))
    const missing = this.sources().some((file) => !existsSync(this.at(file.replace('/src/', '/dist/').replace(/\.ts$/, '.js'))))
    const steps = [
      {
        name: 'contracts',
        says: 'compiling the contracts …',
        argv: [process.execPath, this.at('contracts', 'gen.mjs')],
        inputs: ['contracts/sol', 'contracts/gen.mjs', 'package-lock.json'],
        stale: !existsSync(this.at('contracts', 'src', 'generated')),
      },
      {
        name: 'typescript',
        says: 'building the packages …',
        argv: [...this.bin('typescript'), '-b', this.root],
        inputs: ['contracts/src', 'packages', 'tsconfig.json', 'tsconfig.base.json', 'package-lock.json'],
        stale: vanished || missing,
        clean: vanished || missing ? this.folders().map((folder) => this.at(folder, 'dist')) : [],
      },
      {
        name: 'web',
        says: 'building the verify page …',
        argv: [...this.bin('vite'), 'build', this.at('packages', 'web'), '--logLevel', 'error'],
        inputs: ['packages/web', 'packages/verifier/src', 'packages/protocol/src', 'contracts/src', 'package-lock.json'],
        stale: !existsSync(this.at('packages', 'web', 'dist', 'index.html')),
      },
    ]
    return steps
      .map((step) => ({ ...step, key: () => this.key(step.inputs) }))
      .filter((step) => step.stale || keys[step.name] !== step.key())
  }

  install() {
    const npm = process.env.npm_execpath?.endsWith('.js')
      ? [process.execPath, process.env.npm_execpath]
      : [process.platform === 'win32' ? 'npm.cmd' : 'npm']
    return {
      name: 'install',
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
  key(paths) {
    const hash = createHash('sha256')
    for (const path of paths)
      for (const [file, stat] of walk(this.at(path))) hash.update(`${relative(this.root, file)}\0${stat.size}\0${stat.mtimeMs}\n`)
    return hash.digest('hex')
  }

  /** Folders that `tsc -b` builds. */
  folders() {
    return ['contracts', ...readdirSync(this.at('packages')).map((name) => `packages/${name}`)].filter(
      (folder) => folder !== 'packages/web',
    )
  }

  /** TypeScript files that must have an output. */
  sources() {
    const files = this.folders().flatMap((folder) =>
      [...walk(this.at(folder, 'src'))].map(([file]) => relative(this.root, file).replaceAll('\\', '/')),
    )
    return files.filter((file) => file.endsWith('.ts') && !/\.(d|testkit)\.ts$/.test(file))
  }
}

const IGNORED = new Set(['node_modules', 'dist', 'test', 'e2e', 'conformance'])

function* walk(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return
  if (!stat.isDirectory()) return yield [path, stat]
  for (const name of readdirSync(path).sort()) if (!IGNORED.has(name) && !name.endsWith('.test.ts')) yield* walk(join(path, name))
}
