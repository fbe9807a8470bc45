import { readdirSync, readFileSync } from 'node:fs'

/** Share of the samples that comes first, while caches fill and V8, which collects a heap only when it has doubled or so, finds its size. */
const WARM = 0.4
/** How much more the last third may have than the first. */
const LIMITS = { 'memory, MB': { times: 1.25, more: 60 }, 'open files': { times: 1.2, more: 20 }, threads: { times: 1, more: 6 } }

/** Memory, open files and threads of the services while nothing disturbs them. */
export class Growths {
  #services
  /** By service and what is counted: one number a sample. */
  series = new Map()

  constructor(services) {
    this.#services = services
  }

  sample() {
    const services = this.#services() ?? {}
    for (const [service, pid] of Object.entries(services))
      for (const [of, value] of Object.entries(countsOf(pid, Object.values(services)))) {
        const key = `${service}\n${of}`
        this.series.set(key, [...(this.series.get(key) ?? []), value])
      }
  }

  /** What kept growing. */
  faults() {
    return growthOf(this)
      .filter(({ of, first, last }) => last > first * LIMITS[of].times + LIMITS[of].more)
      .map(({ service, of, first, last }) => `${service} keeps growing: ${of} went from ${first} to ${last}`)
  }
}

/** Of each service, the medians of the first and the last third after warming up. */
export function growthOf({ series }) {
  return [...series].map(([key, values]) => {
    const [service, of] = key.split('\n')
    const warm = values.slice(Math.floor(values.length * WARM))
    const third = Math.max(1, Math.floor(warm.length / 3))
    return { service, of, first: median(warm.slice(0, third)), last: median(warm.slice(-third)) }
  })
}

/** Of a process and its children, but those that are services themselves. */
function countsOf(pid, services) {
  const sum = { 'memory, MB': 0, 'open files': 0, threads: 0 }
  for (const one of [pid, ...childrenOf(pid).filter((child) => !services.includes(child))]) {
    try {
      const rollup = readFileSync(`/proc/${one}/smaps_rollup`, 'utf8')
      sum['memory, MB'] += Math.round(Number(/^Pss:\s+(\d+)/m.exec(rollup)[1]) / 1024)
      sum['open files'] += readdirSync(`/proc/${one}/fd`).length
      sum.threads += readdirSync(`/proc/${one}/task`).length
    } catch {
      // A child that ended meanwhile.
    }
  }
  return sum
}

function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
