import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Network namespaces of this kit, and its cables to them: of which process, and which one. */
const NAMESPACE = /^og-(\d+)-(\d+|switch)\b/
const CABLE = /^\d+: (og(\d+)l\d+)@/

/**
 * So many network namespaces, joined by a switch that can be split: what is in one reaches the others at `10.0.0.x`, as long as they are on
 * the same side, and nothing else. This process reaches each by a link of its own, which stays up. Linux only, and only for root.
 */
export class Namespaces {
  readonly #count: number
  readonly #switch = `og-${process.pid}-switch`

  constructor(count: number) {
    this.#count = count
    removeStale()
    const each = Array.from({ length: count }, (_, index) => index)
    try {
      for (const name of [this.#switch, ...each.map(nameOf)]) ip('netns', 'add', name)
      for (const side of each) {
        inside(this.#switch, `link add ${sideOf(side)} type bridge`)
        inside(this.#switch, `link set ${sideOf(side)} up`)
      }
      for (const index of each) this.#connect(index)
      this.heal()
    } catch (error) {
      this.remove()
      throw error
    }
  }

  /** Where the peers of a namespace find it, and where this process does. */
  readonly hosts = (index: number): { readonly p2p: string; readonly rpc: string } => ({ p2p: peerAddress(index), rpc: link(index)[1] })

  /** The command that runs another in a namespace. */
  under(index: number): string[] {
    return ['ip', 'netns', 'exec', nameOf(index)]
  }

  /** From now on only those of the same side reach each other: what is under way to another is lost, as when a cable is cut. */
  split(...sides: readonly (readonly number[])[]): void {
    for (const [side, members] of sides.entries())
      for (const index of members) inside(this.#switch, `link set ${portOf(index)} master ${sideOf(side)}`)
  }

  heal(): void {
    this.split(Array.from({ length: this.#count }, (_, index) => index))
  }

  remove(): void {
    removeOf((pid) => pid === process.pid)
  }

  /** A cable to the switch, and one to this process. */
  #connect(index: number): void {
    const name = nameOf(index)
    const [here, there] = link(index)
    const cable = cableOf(index)
    inside(this.#switch, `link add ${portOf(index)} type veth peer name peers netns ${name}`)
    inside(this.#switch, `link set ${portOf(index)} up`)
    inside(name, `addr add ${peerAddress(index)}/24 dev peers`)
    ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'tests', 'netns', name)
    ip('addr', 'add', `${here}/30`, 'dev', cable)
    ip('link', 'set', cable, 'up')
    inside(name, `addr add ${there}/30 dev tests`)
    for (const device of ['lo', 'peers', 'tests']) inside(name, `link set ${device} up`)
  }
}

const nameOf = (index: number) => `og-${process.pid}-${index}`
const cableOf = (index: number) => `og${process.pid}l${index}`
const portOf = (index: number) => `port${index}`
const sideOf = (side: number) => `side${side}`
const peerAddress = (index: number) => `10.0.0.${index + 1}`

/** Both ends of the link from this process to a namespace, of 198.18.0.0/15, which no network uses (RFC 2544). */
function link(index: number): [here: string, there: string] {
  const first = ((process.pid % 2 ** 12) * 2 ** 3 + index) * 4
  const address = (at: number) => `198.${18 + (at >> 16)}.${(at >> 8) & 0xff}.${at & 0xff}`
  return [address(first + 1), address(first + 2)]
}

function ip(...args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status === 0) return stdout
  const problem = error?.message ?? stderr.trim()
  const remedy = 'Run it as root on Linux (with CAP_SYS_ADMIN and CAP_NET_ADMIN), with the package iproute2 installed.'
  throw new Error(`This test cuts a network in two with network namespaces, and "ip ${args.join(' ')}" failed: ${problem}. ${remedy}`)
}

const inside = (name: string, command: string) => ip('-n', name, ...command.split(' '))

/** What runs that were killed left behind, and the processes that still run in it. */
const removeStale = () => removeOf((pid) => !alive(pid))

function removeOf(which: (pid: number) => boolean): void {
  for (const line of ip('netns', 'list').split('\n')) {
    const [name, pid] = NAMESPACE.exec(line) ?? []
    if (name === undefined || !which(Number(pid))) continue
    for (const inhabitant of ip('netns', 'pids', name).split('\n').filter(Boolean)) end(Number(inhabitant))
    ip('netns', 'del', name)
  }
  // A namespace lives on while a connection in it closes, and its cable with it.
  for (const line of ip('-oneline', 'link', 'show').split('\n')) {
    const [, cable, pid] = CABLE.exec(line) ?? []
    if (cable !== undefined && which(Number(pid))) unplug(cable)
  }
}

/** It may go by itself meanwhile. */
function unplug(cable: string): void {
  try {
    ip('link', 'del', cable)
  } catch (error) {
    if (ip('-oneline', 'link', 'show').includes(` ${cable}@`)) throw error
  }
}

/** Whether the process of a test still runs: another may have its number since. */
function alive(pid: number): boolean {
  try {
    return /node|vitest/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  } catch {
    return false
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
