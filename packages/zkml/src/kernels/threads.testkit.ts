import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Kernels } from './kernels.ts'
import type { Spawn, ThreadOptions, ThreadStart } from './threads.ts'

/** `ends`: at once. `fails`: cannot run the kernels. `hangs`: takes a part and never does it. */
export type Fault = 'ends' | 'fails' | 'hangs'

export interface WorkerData {
  readonly start: ThreadStart
  readonly fault?: Fault | undefined
}

/** Node reads TypeScript in a thread once this is registered there. */
const TSX = pathToFileURL(
  createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/cjs$/, 'mjs'),
).href
const MAIN = `import('${TSX}').then(({ register }) => { register(); return import('${new URL('./worker.testkit.ts', import.meta.url).href}') })`

/** Workers of Node on the sources. */
export function spawner(fault?: Fault): Spawn {
  return (start, ended) => {
    const workerData: WorkerData = { start, fault }
    const worker = new Worker(MAIN, { eval: true, workerData, execArgv: ['--conditions=source'] })
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
