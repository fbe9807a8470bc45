import { type FullFacts, FullNode, type FullNodeEvent } from '../full/fullNode.ts'
import { type Observed, observe } from '../full/observe.ts'
import { clearSupervision, writeSupervision } from '../full/running.ts'
import { type TestnetPlace, type TestnetRecord, validatorName } from './layout.ts'

/** What happens to a process of a testnet. */
export type TestnetEvent = FullNodeEvent & { node: string }

/** How one validator is. */
export interface ObservedNode extends Observed {
  name: string
  url: string
}

export interface TestnetOptions {
  place: TestnetPlace
  record: TestnetRecord
  binary: string
  /** Milliseconds since the epoch. */
  now: () => number
  onEvent: (event: TestnetEvent) => void
}

/** All validators of a testnet under one supervisor. */
export class Testnet {
  readonly #options: TestnetOptions
  readonly #nodes: { name: string; node: FullNode }[]

  constructor(options: TestnetOptions) {
    this.#options = options
    this.#nodes = options.record.validators.map((_, index) => {
      const name = validatorName(index + 1)
      const onEvent = (event: FullNodeEvent) => {
        if (event.event === 'restarted') this.#note()
        options.onEvent({ ...event, node: name })
      }
      return { name, node: new FullNode({ place: options.place.validator(index + 1), binary: options.binary, now: options.now, onEvent }) }
    })
  }

  /** Starts all of them; undoes what it started when one cannot start. */
  async start(): Promise<FullFacts[]> {
    this.#note()
    const started = await Promise.allSettled(this.#nodes.map(({ node }) => node.start()))
    const failed = started.find((one) => one.status === 'rejected')
    if (failed) {
      await this.stop()
      throw failed.reason
    }
    this.#note()
    return started.map((one) => (one as PromiseFulfilledResult<FullFacts>).value)
  }

  /** How all of them are now. */
  async observe(): Promise<ObservedNode[]> {
    return observeAll(this.#nodes.map(({ name, node }) => ({ name, settings: node.settings })))
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map(({ node }) => node.stop()))
    clearSupervision(this.#options.place.running)
  }

  /** Writes down which processes there are, for `status` and for a start after this process was killed. */
  #note(): void {
    const processes = this.#nodes.flatMap(({ name, node }) => Object.entries(node.pids).map(([part, pid]) => [`${name} ${part}`, pid]))
    writeSupervision(this.#options.place.running, {
      pid: process.pid,
      startedAt: this.#options.now(),
      processes: Object.fromEntries(processes) as Record<string, number>,
    })
  }
}

/** Looks at several full nodes at once. */
export function observeAll(nodes: readonly { name: string; settings: FullNode['settings'] }[]): Promise<ObservedNode[]> {
  return Promise.all(
    nodes.map(async ({ name, settings }) => ({ name, url: `http://127.0.0.1:${settings.rpc.port}`, ...(await observe(settings)) })),
  )
}
