import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Isolation } from './engine.ts'

/**
 * How a model's process is fenced in, with what the platform offers without privileges. The process is started as
 * `sh -c 'ulimit …; exec unshare --net … setpriv … node child'`: each wrapper replaces itself, so the pid stays that of the model's process.
 *
 * - memory: `ulimit -d` (RLIMIT_DATA). On Linux it counts private writable pages, mappings included, so it holds every allocator. Address
 *   space (`ulimit -v`) cannot be used: V8 reserves 10 GiB of it for each WebAssembly memory. Elsewhere it is not enforced: no limit.
 * - network: an empty network namespace, where the kernel lets users make one.
 * - files: `ulimit -f 0` (no file can grow), an empty working directory, no environment.
 * - `setpriv`: dies with the node even in the middle of a run, and can gain no privileges.
 */
export interface IsolationPlan {
  readonly isolation: Isolation
  /** Command and arguments that start `program` fenced in. */
  wrap(program: readonly string[], limits: { memoryBytes: number }): { command: string; args: string[] }
}

const UNSHARE = ['unshare', '--net', '--map-current-user']
/** Less than this is code that was compiled already. */
const LEAST_CODE_RANGE = 256 * 1024 * 1024
const SETPRIV = ['setpriv', '--pdeathsig', 'KILL', '--no-new-privs']

let plan: Promise<IsolationPlan> | undefined

/** What this machine offers, tried out once per process. */
export function isolationPlan(): Promise<IsolationPlan> {
  plan ??= makePlan(process.platform)
  return plan
}

/** What a model that takes over its process could do on this machine, in words; nothing where all of it is kept from it. */
export function unfenced({ memoryLimit, noNetwork, noFileWrites }: Isolation): string[] {
  return [
    ...(noNetwork ? [] : ['reach the network']),
    ...(memoryLimit ? [] : ['take all memory']),
    ...(noFileWrites ? [] : ['write files']),
  ]
}

/**
 * Bytes that V8 has mapped for machine code in this process, and maps in each other one of this program: from V8 13 on (Node 24) half a gibibyte,
 * writable, which the limit counts though it is not used. Before, it became writable page by page.
 * @internal
 */
export function codeRange(maps: string = readFileSync('/proc/self/maps', 'latin1')): number {
  let largest = 0
  for (const [, from, to] of maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rwxp /gm))
    largest = Math.max(largest, Number(BigInt(`0x${to}`) - BigInt(`0x${from}`)))
  return largest < LEAST_CODE_RANGE ? 0 : largest
}

/** @internal separate for tests */
export async function makePlan(
  platform: NodeJS.Platform,
  works: (command: readonly string[]) => Promise<boolean> = runs,
  codeBytes: () => number = codeRange,
): Promise<IsolationPlan> {
  if (platform === 'win32') {
    const isolation: Isolation = { process: true, memoryLimit: false, noNetwork: false, noFileWrites: false }
    return { isolation, wrap: ([command, ...args]) => ({ command: command!, args }) }
  }
  const linux = platform === 'linux'
  const [unshare, setpriv] = linux ? await Promise.all([works([...UNSHARE, 'true']), works([...SETPRIV, 'true'])]) : [false, false]
  const reserved = linux ? codeBytes() : 0
  const chain = [...(unshare ? UNSHARE : []), ...(setpriv ? SETPRIV : [])]
  return {
    isolation: { process: true, memoryLimit: linux, noNetwork: unshare, noFileWrites: true },
    wrap(program, { memoryBytes }) {
      const memory = linux ? `ulimit -d ${Math.ceil((memoryBytes + reserved) / 1024)} && ` : ''
      return { command: '/bin/sh', args: ['-c', `${memory}ulimit -f 0 && ulimit -c 0 && exec "$@"`, 'sh', ...chain, ...program] }
    },
  }
}

function runs([command, ...args]: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command!, args, { stdio: 'ignore', env: { PATH: process.env.PATH } })
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
  })
}
