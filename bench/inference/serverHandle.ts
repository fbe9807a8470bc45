import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { processTree } from '../measure/processTree.ts'
import type { BenchKeyset } from './sealed.ts'

/** From the barest to the most complete; `sealed` takes requests of level tee, too. */
export type ServerKind = 'bare' | 'unsigned' | 'signed' | 'sealed'

/** What a process of servers serves. */
export interface Serving {
  readonly servers: { [kind in ServerKind]?: { readonly port: number; readonly path: string } }
  /** With a server of kind `sealed`: what requests are sealed to. */
  keyset?: BenchKeyset
}

/** Servers that share a process and an engine's child. */
export interface ServerHandle {
  /** @throws Error of a kind that was not started */
  server(kind: ServerKind): { readonly port: number; readonly path: string }
  readonly keyset?: BenchKeyset
  /** Microseconds of CPU that the servers and their engine have used so far, what the answers given leave to do included. */
  cpuUs(): Promise<number>
  stop(): void
}

/** Starts `serverProcess.js` with these kinds of server over one model file. */
export async function startServers(kinds: readonly ServerKind[], modelFile: string): Promise<ServerHandle> {
  const temporary = mkdtempSync(join(tmpdir(), 'og-bench-servers-'))
  const child = fork(fileURLToPath(new URL('./serverProcess.js', import.meta.url)), [modelFile, ...kinds], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, TMPDIR: temporary },
  })
  child.once('exit', () => rmSync(temporary, { recursive: true, force: true }))
  const { servers, keyset } = await new Promise<Serving>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Serving))
    child.once('exit', (code) => reject(new Error(`the servers ${kinds.join(', ')} ended with ${code}`)))
  })
  let tree: number[] | undefined
  return {
    server(kind) {
      const found = servers[kind]
      if (!found) throw new Error(`no server of kind ${kind} was started`)
      return found
    },
    ...(keyset && { keyset }),
    async cpuUs() {
      child.send('settle')
      await once(child, 'message')
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
