import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { Checkout } from './plan.mjs'

// The launcher in a small checkout, whose tools leave behind what the real ones do; its tsc ends when the test lets it.
const TOOLS = {
  'contracts/gen.mjs': `write('contracts/src/generated/index.ts')`,
  'packages/zkml/gen.mjs': `write('packages/zkml/src/generated/kernels.ts')`,
  'packages/chain/gen.mjs': `write('packages/chain/src/generated/kernels.ts')`,
  'packages/protocol/native/gen.mjs': `write('packages/protocol/native/dist/failed.txt')`,
  'node_modules/vite/vite.mjs': `
    write('packages/cli/dist/page/index.html')
    write('packages/cli/dist/packed/main.js')
    write('packages/attestation-dev/dist/packed/index.js')`,
  'node_modules/typescript/tsc.mjs': `
    write('tsc', String(process.pid))
    while (!existsSync('let go')) await new Promise((resolve) => setTimeout(resolve, 20))
    if (readFileSync('let go', 'utf8') === 'fail') throw new Error('a type is wrong')
    const kernels = ['zkml', 'chain'].map((name) => 'packages/' + name + '/dist/generated/kernels')
    for (const name of ['contracts/dist/generated/index', ...kernels, 'packages/cli/dist/main']) write(name + '.js')`,
  'packages/cli/bin/packed.js': `
    const staying = process.argv[2] === 'up' && setInterval(() => {}, 1000)
    const interrupted = staying && new Promise((resolve) => process.once('SIGINT', resolve))
    console.log('og ' + process.argv[2])
    await interrupted
    clearInterval(staying)
    process.exitCode = staying ? 130 : 0`,
}
let root: string
let started: ChildProcess[]

const write = (path: string, text = '') => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
beforeEach(() => {
  started = []
  root = mkdtempSync(join(tmpdir(), 'og launcher '))
  cpSync(fileURLToPath(new URL('../', import.meta.url)), join(root, 'scripts'), { recursive: true })
  const begin = `
    import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
    import { dirname } from 'node:path'
    const write = (path, text = '') => { mkdirSync(dirname(path), { recursive: true }); writeFileSync(path, text) }`
  for (const [path, body] of Object.entries(TOOLS)) write(path, `${begin}\n${body}`)
  for (const name of ['typescript/tsc', 'vite/vite'])
    write(`node_modules/${dirname(name)}/package.json`, `{"bin":"${name.split('/')[1]}.mjs"}`)
  for (const file of ['package-lock.json', 'tsconfig.json', 'tsconfig.base.json', 'contracts/sol/A.sol', 'packages/cli/src/main.ts'])
    write(file)
  write('package.json', '{"type":"module"}')
  write('.build/stamp.json', JSON.stringify({ keys: { install: new Checkout(root).installKey() } }))
})
afterEach(async () => {
  for (const child of started) child.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
})

function og(...args: string[]) {
  const child = spawn(process.execPath, [join(root, 'scripts', 'og.mjs'), ...args], { cwd: root })
  started.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const says = async (words: string) => {
    const over = ended.then((code) => {
      if (!text.includes(words)) throw new Error(`ended with ${code}, without "${words}": ${text}`)
    })
    over.catch(() => {})
    await Promise.race([until(() => text.includes(words)), over])
  }
  return { child, says, ended }
}
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}
const runs = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a network starts while tsc still runs; a build waits for it, and has nothing left to do', async () => {
  const network = og('up')
  await network.says('og up')
  const build = og('build')
  await build.says('waiting for it')
  write('let go')
  expect(await build.ended).toBe(0)
  expect(existsSync(join(root, 'packages/cli/dist/main.js'))).toBe(true)
  expect(new Checkout(root).plan(new Checkout(root).stamp())).toEqual([])
  network.child.kill('SIGINT')
  expect(await network.ended).toBe(130)
})

test('who interrupts a network ends tsc too; the next start runs it again', async () => {
  const network = og('up')
  await network.says('og up')
  await until(() => existsSync(join(root, 'tsc')) && readFileSync(join(root, 'tsc'), 'utf8') !== '')
  network.child.kill('SIGINT')
  expect(await network.ended).toBe(130)
  await until(() => !runs(Number(readFileSync(join(root, 'tsc'), 'utf8'))))
  expect(existsSync(join(root, '.build', 'lock'))).toBe(false)
  expect(new Checkout(root).plan(new Checkout(root).stamp()).map(({ name }) => name)).toEqual(['typescript'])
})

test('who interrupts an installation frees the checkout when npm has put back what was there, not before', async () => {
  write('.build/stamp.json', '{}')
  write(
    'npm.js',
    `import { existsSync, writeFileSync } from 'node:fs'
    process.once('SIGTERM', async () => {
      writeFileSync('putting back', '')
      while (!existsSync('let go')) await new Promise((resolve) => setTimeout(resolve, 20))
      process.exit(1)
    })
    setInterval(() => {}, 1000)
    writeFileSync('npm', String(process.pid))`,
  )
  vi.stubEnv('npm_execpath', join(root, 'npm.js'))
  onTestFinished(() => void vi.unstubAllEnvs())
  const first = og('build')
  await until(() => existsSync(join(root, 'npm')) && readFileSync(join(root, 'npm'), 'utf8') !== '')
  const npm = Number(readFileSync(join(root, 'npm'), 'utf8'))
  first.child.kill('SIGTERM')
  await until(() => existsSync(join(root, 'putting back')))
  const second = og('build')
  await second.says('waiting for it')
  second.child.kill('SIGTERM')
  await second.ended
  expect(runs(npm)).toBe(true)
  write('let go')
  expect(await first.ended).toBe(130)
  expect(runs(npm)).toBe(false)
  expect(existsSync(join(root, '.build', 'lock'))).toBe(false)
})

test('that tsc fails is said, and the network stays; a build fails', async () => {
  write('let go', 'fail')
  const network = og('up')
  await network.says('a type is wrong')
  await network.says('was not marked as done')
  expect(await og('build').ended).toBe(5)
  network.child.kill('SIGINT')
  expect(await network.ended).toBe(130)
})

test('other commands of og do without tsc', async () => {
  const version = og('cli', 'version')
  await version.says('og version')
  expect(await version.ended).toBe(0)
  expect(existsSync(join(root, 'tsc'))).toBe(false)
})
