import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isAlive } from '@opengradient/client/aside'

const OG = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'og')
/** What a service writes only if something went wrong that nobody thought of. */
const UNTHOUGHT = /unhandled|uncaught|ERR_INTERNAL|TypeError|RangeError|ReferenceError|heap out of memory|MaxListenersExceeded/

/** The local network of a home of its own, as its user starts and a bad day stops it. */
export class Network {
  #home
  #portBase
  #say
  #left = []
  /** Whether anything was disturbed yet. */
  disturbed = false

  constructor({ home, portBase, say }) {
    this.#home = home
    this.#portBase = portBase
    this.#say = say
  }

  get home() {
    return this.#home
  }

  /** Output of `og` with these arguments. @throws Error with what it printed, if it ends with anything but 0 */
  og(...args) {
    const { status, stdout, stderr } = spawnSync(OG, [...args, '--home', this.#home], { encoding: 'utf8', timeout: 180_000 })
    if (status !== 0) throw new Error(`og ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`)
    return stdout
  }

  /** Starts it unless it is up. */
  async up() {
    if (this.services() !== undefined) return
    const started = Date.now()
    this.og('up', '--detach', '--port-base', String(this.#portBase))
    this.#say(`the network is up after ${((Date.now() - started) / 1000).toFixed(1)} s`)
  }

  async down() {
    this.og('down')
  }

  /** Process numbers by service, the supervisor's with them; undefined while it is not up. */
  services() {
    const file = join(this.#home, 'running.json')
    if (!existsSync(file)) return undefined
    const { pid, services } = JSON.parse(readFileSync(file, 'utf8'))
    const all = { supervisor: pid, ...services }
    return Object.values(all).every(isAlive) ? all : undefined
  }

  /** Kills one process, or stops it for some seconds; gives what that was and how long it took until all was back. */
  async disturb(dice) {
    const services = this.services()
    if (services === undefined) throw new Error(`the network went down by itself; its logs are in ${join(this.#home, 'logs')}`)
    this.disturbed = true
    const service = dice.pick(Object.keys(services))
    const began = Date.now()
    const pause = service !== 'supervisor' && dice.chance(0.3)
    if (pause) {
      const ms = dice.between(500, 8_000)
      process.kill(services[service], 'SIGSTOP')
      await sleep(ms)
      process.kill(services[service], 'SIGCONT')
    } else {
      process.kill(services[service], 'SIGKILL')
      this.#left.push(...Object.values(services))
      // Who started it sees it end, ends the others, and may be started again then.
      while (isAlive(services.supervisor)) await sleep(100)
      await this.up()
    }
    const done = { what: `${pause ? 'paused' : 'killed'} ${service}`, backMs: Date.now() - began }
    this.#say(`${done.what}; all was back after ${(done.backMs / 1000).toFixed(1)} s`)
    return done
  }

  /** Lines of the logs that nobody should ever see. */
  faults() {
    const folder = join(this.#home, 'logs')
    return readdirSync(folder).flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .split('\n')
        .filter((line) => UNTHOUGHT.test(line))
        .slice(0, 3)
        .map((line) => `${name}: ${line.slice(0, 500)}`),
    )
  }

  /** Whatever of it still runs. */
  killAll() {
    for (const pid of [...this.#left, ...Object.values(this.services() ?? {})]) {
      try {
        if (/\bog\b|dist/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))) process.kill(pid, 'SIGKILL')
      } catch {
        // It is gone.
      }
    }
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
