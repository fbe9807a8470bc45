import { workerData } from 'node:worker_threads'
import type { WorkerData } from './threads.testkit.ts'
import { serveKernels } from './threads.ts'
import { wasm } from './webassembly.ts'

/** The script of a worker: `serveKernels`, or what a test wants to go wrong. */
const { start, fault } = workerData as WorkerData

if (fault === undefined) serveKernels(start)
if (fault === 'fails') serveKernels({ ...start, memory: new wasm.Memory({ initial: 1, maximum: 1 }) })
if (fault === 'hangs') {
  const control = new Int32Array(start.control)
  let work = Atomics.load(control, 0)
  while ((work & 1023) === 0) {
    Atomics.wait(control, 0, work)
    work = Atomics.load(control, 0)
  }
  Atomics.sub(control, 0, 1)
  Atomics.wait(control, 3, 0)
}
