import { spawn } from 'node:child_process'
import { fstatSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { OgError } from '@opengradient/protocol'
import { makeFolder } from '../home/folder.ts'
import { COMPLAINT } from '../render/error.ts'

export interface DetachOptions {
  /** The `og` command that stays. */
  args: readonly string[]
  /** File for what it prints. */
  log: string
  /** For messages: `the network`. */
  what: string
  /** @param pid the process that was started */
  ready: (pid: number | undefined) => boolean | Promise<boolean>
}

/** Starts an `og` command in the background and waits until it is ready. Throws `SERVICE_DIED` when it ends before. */
export async function startDetached({ args, log, what, ready }: DetachOptions): Promise<void> {
  makeFolder(dirname(log))
  const out = openSync(log, 'a', 0o600)
  const before = fstatSync(out).size
  const child = spawn(process.execPath, [process.argv[1] ?? '', ...args], { detached: true, stdio: ['ignore', out, out] })
  const exited = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 5)))
  for (;;) {
    const code = await Promise.race([exited, new Promise<undefined>((resolve) => setTimeout(resolve, 200, undefined))])
    if (code !== undefined)
      throw new OgError('SERVICE_DIED', `${what} did not start (exit code ${code})${lastComplaint(log, before)}; see ${log}`)
    if (await ready(child.pid)) break
  }
  child.unref()
}

/** What a command said last of why it ended, on one line; nothing if it said nothing. @param from where in the log it began */
function lastComplaint(log: string, from: number): string {
  const said = readFileSync(log).subarray(from).toString('utf8')
  const at = said.lastIndexOf(COMPLAINT)
  return at < 0
    ? ''
    : `: ${said
        .slice(at + COMPLAINT.length)
        .replace(/\s+/g, ' ')
        .trim()
        .replace(/\.$/, '')}`
}
