import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseNetworkFile, presets, trustOf } from '@opengradient/protocol'
import { installFastCrypto } from '@opengradient/protocol/node'
import { verify } from '@opengradient/verifier'
import { cpuSeconds, processTree, pssMb } from '../measure/processTree.ts'
import { median } from '../measure/stats.ts'

/** What a newcomer waits for and what an idle network costs. */
export interface StartResult {
  /** Fresh clone to the first screen: installation from the package cache, build, network, first verified answer. */
  cold_s: number
  /** The part of it from the launcher's end to the verdict: network, publication, inference. */
  first_verdict_s: number
  /** Second `npm start`, until it is ready. */
  warm_ready_s: number
  /** Whole process tree after 60 idle seconds. */
  pss_mb: number
  idle_cpu_pct: number
  install_mb: number
  /** `verify()` of a bundle of level signature in a warm process, with the hashes and signatures that the SDK and `og` install in Node. */
  verify_ms: number
  /** The same with noble alone, as in a browser. */
  verify_noble_ms: number
  /** `./og verify` as a process. */
  cli_verify_ms: number
}

const IDLE_SECONDS = 60
const LIMITS: StartResult = {
  cold_s: 60,
  first_verdict_s: 8,
  warm_ready_s: 4,
  pss_mb: 450,
  idle_cpu_pct: 2,
  install_mb: 800,
  verify_ms: 8,
  verify_noble_ms: 8,
  cli_verify_ms: 300,
}
const repository = fileURLToPath(new URL('../../../', import.meta.url))

export async function run({ progress }: { progress: (line: string) => void }): Promise<StartResult> {
  const parent = mkdtempSync(join(tmpdir(), 'og-bench-start-'))
  const clone = join(parent, 'clone')
  const portBase = String(20_000 + (process.pid % 60) * 200)
  try {
    execFileSync('git', ['clone', '--quiet', repository, clone])
    progress('fresh clone: npm start …')
    const first = await start(clone, portBase)
    progress(`first screen after ${first.seconds.toFixed(1)} s; idling for ${IDLE_SECONDS} s …`)
    const phases = [...first.text.matchAll(/ (\d+\.\d) s(?= ·|$)/gm)].reduce((sum, [, seconds]) => sum + Number(seconds), 0)

    og(clone, 'bundle', 'last', '-o', join(parent, 'answer.json'), '--wait')
    // It has packages left to build when it shows its first screen; this waits for that.
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: clone })
    await sleep(5_000)
    const before = cpuSeconds(processTree(first.child.pid as number))
    await sleep(IDLE_SECONDS * 1000)
    const tree = processTree(first.child.pid as number)
    const idle = ((cpuSeconds(tree) - before) / IDLE_SECONDS) * 100
    const pss = pssMb(tree)
    await stop(first.child)

    progress('second npm start …')
    const second = await start(clone, portBase)
    await stop(second.child)

    progress('verifying …')
    const trust = trustOf(parseNetworkFile(readFileSync(join(clone, '.og', 'networks', 'local.json'))))
    const bundle = readFileSync(join(parent, 'answer.json'))
    const inProcess = async () => {
      const times: number[] = []
      for (let i = 0; i < 60; i++) {
        const started = performance.now()
        const verdict = await verify(bundle, presets.settled, trust, Math.floor(Date.now() / 1000))
        if (!verdict.ok)
          throw new Error(`the bundle does not verify: ${JSON.stringify(verdict.checks.filter((check) => check.status !== 'pass'))}`)
        if (i >= 20) times.push(performance.now() - started)
      }
      return times
    }
    const withNoble = await inProcess()
    await installFastCrypto()
    const asInstalled = await inProcess()
    const asProcess = Array.from({ length: 9 }, () => {
      const started = performance.now()
      og(clone, 'verify', join(parent, 'answer.json'))
      return performance.now() - started
    })
    return {
      cold_s: round(first.seconds),
      first_verdict_s: round(phases),
      warm_ready_s: round(second.seconds),
      pss_mb: round(pss),
      idle_cpu_pct: round(idle),
      install_mb: round(Number(execFileSync('du', ['-sm', join(clone, 'node_modules')], { encoding: 'utf8' }).split('\t')[0])),
      verify_ms: round(median(asInstalled)),
      verify_noble_ms: round(median(withNoble)),
      cli_verify_ms: round(median(asProcess)),
    }
  } finally {
    rmSync(parent, { recursive: true, force: true })
  }
}

export function table(result: StartResult): string[] {
  return Object.entries(result).map(([name, value]) => {
    const limit = LIMITS[name as keyof StartResult]
    return `${name.padEnd(16)} ${String(value).padStart(8)}   limit ${String(limit).padStart(4)}   ${value <= limit ? 'within' : 'OVER'}`
  })
}

/** `npm start` until it says how to stop it, which is the last line of the first screen and of the later ones. */
function start(clone: string, portBase: string): Promise<{ child: ChildProcess; seconds: number; text: string }> {
  const started = performance.now()
  const child = spawn('npm', ['start', '--silent', '--', '--port-base', portBase], {
    cwd: clone,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (data: Buffer) => {
      text += data.toString()
      if (/^stop: /m.test(text)) resolve({ child, seconds: (performance.now() - started) / 1000, text })
    })
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${text}`)))
  })
}

function stop(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  // As Ctrl-C does it: the signal goes to npm and to everything below it.
  if (child.pid) process.kill(-child.pid, 'SIGINT')
  return gone
}

function og(clone: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(join(clone, 'og'), args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`og ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`)
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const round = (value: number) => Math.round(value * 100) / 100
