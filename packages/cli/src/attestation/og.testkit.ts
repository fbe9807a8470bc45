import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { type Home, homeAt } from '../home/paths.ts'
import { main } from '../main.ts'

/** `og` in this process, in a folder of its own, with everything that it prints. */
export class InProcess {
  readonly root = mkdtempSync(join(tmpdir(), 'og in process '))
  readonly #now: () => number

  /** @param now milliseconds since the epoch, if the clock stands still, or what tells the time */
  constructor(now: number | (() => number) = Date.now) {
    this.#now = typeof now === 'number' ? () => now : now
  }

  /** Its home. */
  get place(): Home {
    return homeAt(join(this.root, 'home'))
  }

  /** Writes a file into the folder and gives its name. */
  file(name: string, content: Uint8Array | string): string {
    writeFileSync(join(this.root, name), content)
    return name
  }

  og(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    return this.at(join(this.root, 'home'), ...args)
  }

  /** With another home. */
  async at(home: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const said = { out: '', err: '' }
    const hear = (stream: 'out' | 'err') =>
      new Writable({
        write(chunk, _encoding, done) {
          said[stream] += String(chunk)
          done()
        },
      })
    const io = {
      out: hear('out'),
      err: hear('err'),
      env: {},
      cwd: this.root,
      color: false,
      interactive: false,
      now: this.#now,
    }
    const code = await main([...args, '--home', home], { io })
    return { code, ...said }
  }

  /** One command with `--json`. */
  async json<T>(...args: string[]): Promise<{ code: number; json: T }> {
    const { code, out } = await this.og(...args, '--json')
    return { code, json: JSON.parse(out) as T }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}
