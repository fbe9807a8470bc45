import { execFile } from 'node:child_process'
import { failed, reasonOf, systemCode, unavailable } from '../errors.ts'

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  /** Milliseconds; the process is killed after them. */
  readonly timeout: number
  /** Most bytes of its output. */
  readonly max: number
}

/** The output of a program that ends with status 0. ATTESTER_UNAVAILABLE when there is no such program, else ATTESTER_FAILED. */
export function outputOf({ program, args, timeout, max }: Command): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { timeout, maxBuffer: max, killSignal: 'SIGKILL', encoding: 'utf8' }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      const code = systemCode(error)
      if (code === 'ENOENT' || code === 'EACCES') return reject(unavailable(`There is no program ${program} to be run (${code})`, error))
      if (error.killed && code === undefined) return reject(failed(`${program} did not end within ${timeout} ms`, error))
      const said = `${stderr} ${stdout}`.trim().slice(0, 300)
      return reject(failed(`${program} failed: ${said === '' ? reasonOf(error) : said}`, error))
    })
  })
}
