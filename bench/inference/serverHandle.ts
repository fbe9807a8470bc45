import { fork } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { processTree } from '../measure/processTree.ts'
import type { BenchKeyset } from './sealed.ts'

export interface ServerHandle {
  readonly port: number
  readonly path: string
  /** Of a server of kind `sealed`: what requests are sealed to. */
  readonly keyset?: BenchKeyset
  /** Microseconds of CPU that the server and its engine have used so far. */
  cpuUs(): number
  stop(): void
}

type Where = Pick<ServerHandle, 'port' | 'path' | 'keyset'>

/** Starts `serverProcess.js` with one kind of server over one model file. */
export async function startServer(kind: string, modelFile: string): Promise<ServerHandle> {
  const child = fork(fileURLToPath(new URL('./serverProcess.js', import.meta.url)), [kind, modelFile], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const where = await new Promise<Where>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Where))
    child.once('exit', (code) => reject(new Error(`the ${kind} server ended with ${code}`)))
  })
  let tree: number[] | undefined
  return {
    ...where,
    cpuUs() {
      // The engine's child exists after the first request and stays.
      if (tree === undefined || tree.length < 2) tree = processTree(child.pid!)
      return tree.reduce((sum, pid) => sum + cpuNs(pid), 0) / 1000
    },
    stop: () => void child.kill('SIGKILL'),
  }
}

/** Nanoseconds of CPU of all threads of a process: the scheduler's own account, a thousand times finer than /proc/PID/stat. */
function cpuNs(pid: number): number {
  let sum = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0])
    } catch {
      // A thread that ended meanwhile.
    }
  }
  return sum
}
