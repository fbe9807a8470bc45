// The first minutes of a stranger, replayed: a fresh clone on a path with a space, installed under `ignore-scripts=true`, killed in the
// middle of the installation, then started twice at once; the network comes up, answers, is verified with the network cut, a lie is caught.
// Runs on the `node` that PATH finds.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const origin = dirname(dirname(fileURLToPath(import.meta.url)))
const parent = mkdtempSync(join(tmpdir(), 'og journey '))
const clone = join(parent, 'src', 'open gradient')
const npmrc = join(parent, 'npmrc')
const env = { ...process.env, NO_COLOR: '1', npm_config_ignore_scripts: 'true' }
delete env.OG_HOME
let network
let portBase

process.on('exit', () => {
  signalNetwork('SIGKILL')
  rmSync(parent, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

try {
  writeFileSync(npmrc, '')
  step('clone', () => must('git', ['clone', '--quiet', origin, clone], { cwd: parent }))

  const killed = spawn('npm', ['run', '--silent', 'build'], { cwd: clone, env, detached: true, stdio: 'ignore' })
  await new Promise((resolve) => setTimeout(resolve, 4000))
  process.kill(-killed.pid, 'SIGKILL')
  console.log('journey: killed the first installation after 4 s')

  const started = Date.now()
  const builds = [1, 2].map(() => spawn('npm', ['run', '--silent', 'build'], { cwd: clone, env, stdio: ['ignore', 'inherit', 'inherit'] }))
  for (const code of await Promise.all(builds.map(exitOf)))
    if (code !== 0) throw new Error(`one of two simultaneous starts failed with ${code}`)
  console.log(`journey: two starts at once installed and built in ${seconds(started)}`)

  portBase = await freePortBase()
  const up = Date.now()
  const screen = await startNetwork()
  console.log(`journey: npm start printed the first screen in ${seconds(up)}`)
  for (const words of ['VERIFIED', 'REFUSED', 'RESPONSE_HASH_MISMATCH', './og'])
    if (!screen.includes(words)) throw new Error(`the first screen lacks "${words}":\n${screen}`)
  for (const [i, line] of screen.trimEnd().split('\n').entries())
    if (line.length > 80) throw new Error(`line ${i + 1} of the first screen is wider than 80 columns: ${line}`)

  step('infer', () =>
    og(
      0,
      'infer',
      'opengradient/volatility',
      '--input',
      join(clone, 'models', 'volatility_mlp_16_32_32_1', 'example.json'),
      '--json',
      '-o',
      join(parent, 'answer.json'),
    ),
  )
  step('verify', () => og(0, 'verify', join(parent, 'answer.json')))
  step('publish', () =>
    og(
      0,
      'models',
      'publish',
      join(clone, 'models', 'credit_logistic_12', 'model.onnx'),
      '--name',
      'alice/credit',
      '--royalty',
      '5%',
      '--min-royalty',
      '0.0001',
      '--yes',
    ),
  )
  step('receipts', () => og(0, 'receipts'))
  step('doctor', () => og(0, 'doctor'))
  step('logs', () => {
    // What a service did not log itself comes from Node: a warning, or an option that this version does not know.
    const strange = og(0, 'logs', '--json', '--lines', '10000')
      .split('\n')
      .filter((line) => line !== '' && JSON.parse(line).level === undefined)
    if (strange.length > 0) throw new Error(`the logs have lines that no service wrote:\n${strange.join('\n')}`)
  })

  step('down', () => og(0, 'down'))
  await exitOf(network)
  step('verify with the network down', () => og(0, 'verify', join(parent, 'answer.json')))
  const answer = readFileSync(join(parent, 'answer.json'), 'utf8')
  const bundle = JSON.parse(answer)
  const body = Buffer.from(bundle.response.body, 'base64')
  body[body.length - 1] ^= 1
  bundle.response.body = body.toString('base64')
  writeFileSync(join(parent, 'tampered.json'), JSON.stringify(bundle))
  step('a changed answer is refused', () => og(1, 'verify', join(parent, 'tampered.json')))

  const output = join(clone, 'packages', 'sdk', 'dist', 'index.js')
  rmSync(output)
  const again = Date.now()
  const lines = await startNetwork()
  console.log(`journey: second npm start took ${seconds(again)}`)
  if (lines.trimEnd().split('\n').length > 3) throw new Error(`the second start prints more than three lines:\n${lines}`)
  step('status', () => og(0, 'status', '--json'))
  step('a build waits for what the start has not finished', () => must('npm', ['run', '--silent', 'build'], { cwd: clone }))
  if (!existsSync(output)) throw new Error('the start did not build the packages again')
  signalNetwork('SIGINT')
  const code = await exitOf(network)
  if (code !== 0 && code !== 130) throw new Error(`Ctrl-C ended npm start with ${code}`)
  console.log('journey: passed')
  process.exit(0)
} catch (error) {
  console.error(`journey: ${error.stack ?? error}`)
  process.exit(1)
}

function step(name, action) {
  const started = Date.now()
  const result = action()
  console.log(`journey: ${name} ${seconds(started)}`)
  return result
}

function must(file, args, options) {
  const result = spawnSync(file, args, { env, encoding: 'utf8', maxBuffer: 1 << 26, ...options })
  if (result.status !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${result.status}\n${result.stdout}\n${result.stderr}`)
  return result.stdout
}

function og(expected, ...args) {
  const result = spawnSync(join(clone, 'og'), args, { cwd: parent, env, encoding: 'utf8', maxBuffer: 1 << 26 })
  if (result.status !== expected)
    throw new Error(`og ${args.join(' ')} ended with ${result.status} instead of ${expected}\n${result.stdout}\n${result.stderr}`)
  return result.stdout
}

/** A base whose ports (web +0, inference +10, store +20, RPC +145) are free now: below those that systems give to outgoing connections. */
async function freePortBase() {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 12_000)
    const free = await Promise.all([0, 10, 20, 145].map((offset) => isFree(base + offset)))
    if (free.every(Boolean)) return String(base)
  }
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

/** Starts the network; resolves with what it printed once it is ready to be used. */
function startNetwork() {
  network = spawn('npm', ['start', '--silent', '--', '--port-base', portBase], {
    cwd: clone,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  return new Promise((resolve, reject) => {
    let text = ''
    const timer = setTimeout(() => reject(new Error(`npm start was not ready after ten minutes:\n${text}`)), 600_000)
    network.stdout.on('data', (data) => {
      text += data
      if (!/^stop: /m.test(text)) return
      clearTimeout(timer)
      resolve(text)
    })
    network.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${text}`)))
  })
}

/** As Ctrl-C does it: the signal goes to npm and to everything below it. */
function signalNetwork(signal) {
  try {
    if (network?.exitCode === null && network.signalCode === null) process.kill(-network.pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

function exitOf(child) {
  return new Promise((resolve) =>
    child.exitCode !== null || child.signalCode !== null
      ? resolve(child.exitCode ?? 130)
      : child.once('exit', (code) => resolve(code ?? 130)),
  )
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`
}
