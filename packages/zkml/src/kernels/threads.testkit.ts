import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build } from 'vite'
import { packing } from '../../../../scripts/pack.mjs'
import { Kernels } from './kernels.ts'
import type { Spawn, ThreadOptions, ThreadStart } from './threads.ts'

/** `ends`: at once. `fails`: cannot run the kernels. `hangs`: takes a part and never does it. */
export type Fault = 'ends' | 'fails' | 'hangs'

export interface WorkerData {
  readonly start: ThreadStart
  readonly fault?: Fault | undefined
}

const FOLDER = mkdtempSync(join(tmpdir(), 'zk-worker-'))
const WORKER = fileURLToPath(new URL('./worker.testkit.ts', import.meta.url))
// Packed: threads that have to read TypeScript take ten times as long, and the tests prove alone meanwhile.
await build({ configFile: false, ...packing({ programs: { worker: WORKER }, out: FOLDER }) })

/** Removes the packed worker, once nobody starts any more. */
export const removeWorker = (): void => rmSync(FOLDER, { recursive: true, force: true })

/** Workers of Node on the sources. */
export function spawner(fault?: Fault): Spawn {
  return (start, ended) => {
    const workerData: WorkerData = { start, fault }
    const worker = new Worker(join(FOLDER, 'worker.js'), { workerData, execArgv: [] })
    worker.on('error', ended)
    worker.on('exit', ended)
    return { stop: () => worker.terminate() }
  }
}

/** Kernels with workers that have come up: repeats `work` until they take parts of it. */
export async function threaded(workers: number, work: (kernels: Kernels) => void, options: Partial<ThreadOptions> = {}): Promise<Kernels> {
  const kernels = Kernels.loadThreads({ workers, spawn: spawner(), ...options })
  for (let tries = 0; kernels.shared.helped === 0; tries++) {
    if (tries === 1000) throw new Error('the workers do not come up')
    work(kernels)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return kernels
}
