import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { bytesToHex } from '@opengradient/protocol'
import { build } from 'vite'
import { onTestFinished } from 'vitest'
import { packing } from '../../../scripts/pack.mjs'
import type { InferenceNodeConfig } from '../src/config.ts'

const PROGRAM = fileURLToPath(new URL('./nodeProcess.mjs', import.meta.url))
/** Node looks for what is not packed upwards from here. */
const PACKED = fileURLToPath(new URL('../node_modules/.tests/', import.meta.url))

let packed: Promise<string> | undefined
/** Removes the packed program. Tests of other files in this process pack it again. */
export async function removePacked(): Promise<void> {
  const folder = await packed
  packed = undefined
  if (folder) rmSync(folder, { recursive: true, force: true })
}

/** Packs the program once: a node that is started again and again would spend most of the time on reading its modules. */
async function pack(): Promise<string> {
  mkdirSync(PACKED, { recursive: true })
  const out = mkdtempSync(PACKED)
  const started = { 'inference/src/engine/child.ts': 'child/main.mjs', 'zkml/src/node/threads.ts': 'worker.ts' }
  await build({ configFile: false, ...packing({ programs: { nodeProcess: PROGRAM }, started, out }) })
  return out
}

/** A node in a process of its own. */
export interface NodeProcess {
  child: ChildProcess
  url: string
  /** States that requests reached, in order; those of proofs as `proof:STATE`. */
  states: string[]
  gone: Promise<unknown>
}

/**
 * Starts a node that kills itself, as hard as kill -9, the moment a request or a proof reaches the state `killAt`; of several (`a+b`) the last.
 * @param seed of the development machine that attests it; without it nothing does
 */
export async function startNodeProcess(dir: string, config: InferenceNodeConfig, killAt = 'never', seed = ''): Promise<NodeProcess> {
  const file = join(dir, `config${Math.random()}.json`)
  const text = (_: string, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value instanceof Uint8Array ? bytesToHex(value) : value
  writeFileSync(file, JSON.stringify(config, text))
  packed ??= pack()
  const child = spawn(process.execPath, [join(await packed, 'nodeProcess.js'), file, killAt, seed], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const gone = once(child, 'exit')
  const states: string[] = []
  const url = await new Promise<string>((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`the node ended with ${code}`)))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const [word, rest] = line.split(' ')
      if (word === 'up') resolve(rest!)
      else states.push(word!)
    })
  })
  return { child, url, states, gone }
}
