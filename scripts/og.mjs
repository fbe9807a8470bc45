#!/usr/bin/env node
// The launcher: installs and builds on first use, then runs. Node core only, so that it works before anything is installed.
//   node scripts/og.mjs up [ARGS…]    the network (npm start)
//   node scripts/og.mjs cli ARGS…     the og command (./og ARGS…)
//   node scripts/og.mjs test|lint|build|conformance|mutate|bench [ARGS…]
import { rmSync, writeFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
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
const { endChildren, run: runIn } = await import('./launcher/run.mjs')

const checkout = new Checkout(dirname(dirname(fileURLToPath(import.meta.url))))
const [command = 'up', ...args] = process.argv.slice(2)
const run = (argv, options) => runIn(checkout.root, say, argv, options)
const script = (name) => () => run([process.execPath, checkout.at('scripts', name), ...args])
const commands = {
  build: () => 0,
  test: () => run([...checkout.bin('vitest'), 'run', ...args]),
  lint: script('lint.mjs'),
  conformance: script('conformance.mjs'),
  mutate: script('mutate.mjs'),
  bench: script('bench.mjs'),
}

const isOg = command === 'up' || command === 'cli'
// Behind options of every command, too: `--home X up`.
const startsNetwork = command === 'up' || (isOg && args.includes('up'))

const meanwhile = await prepare()
if (isOg) {
  const program = checkout.at('packages', 'cli', 'bin', 'packed.js')
  process.argv.splice(1, process.argv.length, program, ...(command === 'up' ? ['up', ...args] : args))
  await import(pathToFileURL(program).href)
  // Who interrupts og waits for nothing else either.
  if (process.exitCode === 130) meanwhile?.kill()
} else if (Object.hasOwn(commands, command)) {
  process.exitCode = await commands[command]()
} else {
  say(`og.mjs: no command "${command}". Commands: up, cli, ${Object.keys(commands).join(', ')}.`)
  process.exitCode = 2
}

/**
 * Brings packages and build outputs up to date, for one caller at a time; costs a few hundred stat calls when they are. What og can run without
 * is left out, or goes on with the lock while a network starts; then it is ended by the `kill` of what is returned.
 */
async function prepare() {
  const due = () => checkout.plan(checkout.stamp()).filter(({ meanwhile }) => !meanwhile || !isOg || startsNetwork)
  if (due().length === 0) return undefined
  const { lock } = await import('./launcher/lock.mjs')
  const { unlock, calm } = await lock(checkout.at('.build', 'lock'), say, endChildren)
  let meanwhile
  for (;;) {
    const steps = due().filter((step) => !(meanwhile && step.meanwhile))
    if (steps.length === 0) break
    const waiting = new Set(steps.map(({ name }) => name))
    const ready = steps.filter(({ after }) => !after.some((name) => waiting.has(name)))
    const now = ready.filter((step) => !(isOg && step.meanwhile))
    meanwhile ??= start(ready.find((step) => !now.includes(step)))
    const codes = await Promise.all(now.map((step) => perform(step)))
    const failed = codes.find((code) => code !== 0)
    if (failed !== undefined) process.exit(failed === 130 ? 130 : 5)
  }
  await calm()
  if (meanwhile) meanwhile.done.finally(unlock)
  else unlock()
  return meanwhile
}

/** Starts a step, for which nobody waits, with what the others leave of the machine. */
function start(step) {
  if (step === undefined) return undefined
  let kill = () => {}
  const done = perform(step, (child) => {
    setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
    kill = () => child.kill()
    process.once('exit', kill)
  })
  return { done, kill }
}

/** Does one step and stamps it; resolves to its exit code. */
async function perform(step, started) {
  // What is written while it runs is for the next time.
  const key = step.key()
  const sources = checkout.sources()
  for (const folder of step.clean ?? []) rmSync(folder, { recursive: true, force: true })
  say(`og: ${step.says}`)
  const began = Date.now()
  const code = await run(step.argv, { quiet: true, started })
  if (code === 130) return code
  if (code !== 0) {
    say(`og: "${step.argv.slice(1).join(' ')}" failed with exit code ${code}. It was not marked as done; the next start tries again.`)
    return code
  }
  if (step.name === 'install') {
    const { pruneForeignBinaries } = await import('./launcher/prune.mjs')
    pruneForeignBinaries(checkout.at('node_modules'))
  }
  const stamp = checkout.stamp()
  const keys = step.name === 'install' ? {} : stamp.keys
  // Which sources have outputs.
  const built = step.name === 'typescript' ? sources : stamp.sources
  writeFileSync(checkout.stampFile, JSON.stringify({ keys: { ...keys, [step.name]: key }, sources: built }))
  if (started === undefined) say(`og: ${step.says.replace(/ (\(.*\) )?…$/, '')}: ${((Date.now() - began) / 1000).toFixed(1)} s`)
  return 0
}
