#!/usr/bin/env node
// The launcher: installs and builds on first use, then runs. Node core only, so that it works before anything is installed.
//   node scripts/og.mjs up [ARGS…]    the network (npm start)
//   node scripts/og.mjs cli ARGS…     the og command (./og ARGS…)
//   node scripts/og.mjs test|lint|build|conformance|mutate|bench [ARGS…]
import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const say = (line) => process.stderr.write(`${line}\n`)
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  say(
    `OpenGradient needs Node 20.19 or newer; this is ${process.versions.node}. Install a current one from https://nodejs.org and run the command again.`,
  )
  process.exit(5)
}

const { Checkout } = await import('./launcher/plan.mjs')
const { lock } = await import('./launcher/lock.mjs')
const { pruneForeignBinaries } = await import('./launcher/prune.mjs')

const checkout = new Checkout(dirname(dirname(fileURLToPath(import.meta.url))))
const [command = 'up', ...args] = process.argv.slice(2)
const script = (name) => () => run([process.execPath, checkout.at('scripts', name), ...args])
const commands = {
  build: () => 0,
  test: () => run([...checkout.bin('vitest'), 'run', ...args]),
  lint: script('lint.mjs'),
  conformance: script('conformance.mjs'),
  mutate: script('mutate.mjs'),
  bench: script('bench.mjs'),
}

await prepare()
if (command === 'up' || command === 'cli') {
  const program = checkout.at('packages', 'cli', 'bin', 'packed.js')
  process.argv.splice(1, process.argv.length, program, ...(command === 'up' ? ['up', ...args] : args))
  await import(pathToFileURL(program).href)
} else if (Object.hasOwn(commands, command)) {
  process.exitCode = await commands[command]()
} else {
  say(`og.mjs: no command "${command}". Commands: up, cli, ${Object.keys(commands).join(', ')}.`)
  process.exitCode = 2
}

/** Brings packages and build outputs up to date, for one caller at a time; costs a few hundred stat calls when they are. */
async function prepare() {
  if (checkout.plan(checkout.stamp()).length === 0) return
  const unlock = await lock(checkout.at('.build', 'lock'), say)
  try {
    for (let steps = checkout.plan(checkout.stamp()); steps.length > 0; steps = checkout.plan(checkout.stamp())) {
      const waiting = new Set(steps.map(({ name }) => name))
      const codes = await Promise.all(steps.filter(({ after }) => !after.some((name) => waiting.has(name))).map(perform))
      const failed = codes.find((code) => code !== 0)
      if (failed === undefined) continue
      unlock()
      process.exit(failed === 130 ? 130 : 5)
    }
  } finally {
    unlock()
  }
}

/** Does one step and stamps it; resolves to its exit code. */
async function perform(step) {
  for (const folder of step.clean ?? []) rmSync(folder, { recursive: true, force: true })
  say(`og: ${step.says}`)
  const started = Date.now()
  const code = await run(step.argv, { quiet: true })
  if (code !== 0) {
    say(`og: "${step.argv.slice(1).join(' ')}" failed with exit code ${code}. It was not marked as done; the next start tries again.`)
    return code
  }
  if (step.name === 'install') pruneForeignBinaries(checkout.at('node_modules'))
  const keys = step.name === 'install' ? {} : checkout.stamp().keys
  writeFileSync(checkout.stampFile, JSON.stringify({ keys: { ...keys, [step.name]: step.key() }, sources: checkout.sources() }))
  say(`og: ${step.says.replace(/ (\(.*\) )?…$/, '')}: ${((Date.now() - started) / 1000).toFixed(1)} s`)
  return 0
}

/** Runs a child to its end; resolves to its exit code. A quiet child shows its output only when it fails. */
function run([file, ...argv], { quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, argv, {
      cwd: checkout.root,
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      shell: file.endsWith('.cmd'),
    })
    const kept = []
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => kept.push(data))
    child.on('error', (error) => {
      say(`og: cannot run ${file}: ${error.message}`)
      resolve(5)
    })
    child.on('close', (code, signal) => {
      if (quiet && code !== 0) process.stderr.write(Buffer.concat(kept))
      resolve(signal === 'SIGINT' ? 130 : (code ?? 5))
    })
  })
}
