/**
 * Passes over tables, cut into parts that several threads take. A part depends on its range alone, so that the answer is the same whoever takes it;
 * sums of parts are exact, and added in their order. With one thread a pass is one part, done here.
 */
import { execute } from './passes'

/** Asks the threads for all parts of a pass and returns when they are done. */
@external('env', 'fork') declare function fork(pass: usize, parts: u32): void

/** Most parts for each thread: enough that a thread which is slow, or late, holds up the others little. */
const PARTS_EACH: u32 = 4
export const THREADS_MAX: u32 = 16

/** Operation, items, items of a part, 0; arguments; then two K values for each part. */
const PASS = memory.data(16 + 48 + 32 * 64, 16)
export const ARGS = PASS + 16
export const SUMS = PASS + 64

let threads: u32 = 1
export function setThreads(n: u32): void { threads = min(n, THREADS_MAX) }

/** Stores argument i. */
@inline export function arg(i: usize, value: usize): void { store<u32>(ARGS + (i << 2), <u32>value) }

/** Runs the operation over n items, in parts of at least `grain`. Returns the number of parts. */
export function run(op: u32, n: u32, grain: u32): u32 {
  if (threads == 1 || n < 2 * grain) {
    execute(op, ARGS, 0, n, SUMS)
    return 1
  }
  const most = PARTS_EACH * threads
  const step = max(grain, (n + most - 1) / most)
  const parts = (n + step - 1) / step
  store<u32>(PASS, op)
  store<u32>(PASS, n, 4)
  store<u32>(PASS, step, 8)
  fork(PASS, parts)
  return parts
}

/** One part of a pass, by any thread. */
export function part(pass: usize, i: u32): void {
  const step = load<u32>(pass, 8)
  const from = i * step
  execute(load<u32>(pass), pass + 16, from, min(load<u32>(pass, 4), from + step), pass + 64 + (<usize>i << 5))
}
