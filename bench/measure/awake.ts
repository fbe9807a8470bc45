import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism, constants, setPriority } from 'node:os'

/** Looks now and then whether its parent is still there. */
const SPIN = 'const { ppid } = process; while (process.ppid === ppid) for (let i = 0; i < 1e8; i++);'

/**
 * Does work while no processor falls asleep: each has a loop that runs when nothing else wants to (SCHED_IDLE). A virtual processor that sleeps
 * is taken away, and whoever wakes on it pays with CPU time for what its neighbours did to the caches: on a model of 1 ms that is as much as what
 * is measured, and differs from minute to minute.
 */
export async function awake<T>(work: () => Promise<T>): Promise<T> {
  const loops = await Promise.all(Array.from({ length: availableParallelism() }, loop))
  try {
    return await work()
  } finally {
    for (const child of loops) child.kill('SIGKILL')
  }
}

async function loop() {
  const child = spawn('chrt', ['--idle', '0', process.execPath, '-e', SPIN], { stdio: 'ignore' })
  try {
    await once(child, 'spawn')
    return child
  } catch {
    // Without util-linux the lowest priority has to do.
    const plain = spawn(process.execPath, ['-e', SPIN], { stdio: 'ignore' })
    await once(plain, 'spawn')
    setPriority(plain.pid!, constants.priority.PRIORITY_LOW)
    return plain
  }
}
