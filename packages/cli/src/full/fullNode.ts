import { join } from 'node:path'
import { forgetEngineData } from '@opengradient/chain'
import { ServiceProcess } from '../network/child.ts'
import { LogFile } from '../network/logfile.ts'
import { readGenesis, writeEngine } from './create.ts'
import { EngineProcess } from './engineProcess.ts'
import { Restarts } from './restarts.ts'
import { type FullPlace, type FullSettings, needSettings } from './settings.ts'

/** What CometBFT has to end by itself once its node has died; it needs some 100 ms. */
const ENGINE_GRACE_MS = 5_000

/** One of the two processes of a full node. */
export type Part = 'node' | 'cometbft'

/** What happens to a process while the full node runs. `after`: milliseconds until it is started again. */
export type FullNodeEvent =
  | { event: 'died'; part: Part; how: string; log: string; after: number }
  | { event: 'restarted'; part: Part }
  | { event: 'gave-up'; part: Part; how: string; log: string }

/** What the node's process says when it is up. */
export interface FullFacts {
  chainId: number
  height: number
  url: string
  genesisHash: string
}

export interface FullNodeOptions {
  place: FullPlace
  /** CometBFT; undefined when another unit runs it. */
  binary: string | undefined
  now: () => number
  onEvent: (event: FullNodeEvent) => void
}

/**
 * A full node and its CometBFT: two processes, each started again when it dies, each with its log. The node comes first: it alone holds the
 * lock of the data, so that a second start of one home never gets as far as a second CometBFT with the same key.
 */
export class FullNode {
  readonly #options: FullNodeOptions
  readonly settings: FullSettings
  readonly #logs: Record<Part, LogFile>
  readonly #timers = new Set<NodeJS.Timeout>()
  #node: ServiceProcess | undefined
  #engine: EngineProcess | undefined
  #stopping = false

  constructor(options: FullNodeOptions) {
    this.#options = options
    this.settings = needSettings(options.place)
    const logOf = (part: Part) => new LogFile(join(options.place.home.logs, `${part}.log`))
    this.#logs = { node: logOf('node'), cometbft: logOf('cometbft') }
  }

  /** Starts both; resolves when the node answers. */
  async start(): Promise<FullFacts> {
    const { place, binary } = this.#options
    try {
      await writeEngine(place, this.settings, readGenesis(place))
      const facts = await this.#startNode()
      if (binary !== undefined) await this.#startEngine(binary)
      return facts
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  get pids(): Partial<Record<Part, number>> {
    return { ...(this.#node && { node: this.#node.pid }), ...(this.#engine && { cometbft: this.#engine.pid }) }
  }

  /** CometBFT first: it finishes its block with the node. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const timer of this.#timers) clearTimeout(timer)
    await this.#engine?.stop()
    await this.#node?.stop()
    await Promise.all(Object.values(this.#logs).map((log) => log.close()))
  }

  async #startNode(restarts = new Restarts(this.#options.now)): Promise<FullFacts> {
    restarts.started()
    let up = false
    this.#node = new ServiceProcess('full', this.#logs.node, (_, code, why) => {
      if (!up) return
      void this.#engine?.endsWithin(ENGINE_GRACE_MS)
      const how = why?.message.replace(/\.$/, '') ?? (code === 128 ? 'killed' : `code ${code}`)
      this.#died('node', how, restarts, () => this.#startNode(restarts))
    })
    const facts = await this.#node.begin({ home: this.#options.place.home.root })
    up = true
    return facts as unknown as FullFacts
  }

  async #startEngine(binary: string, restarts = new Restarts(this.#options.now)): Promise<void> {
    // It has no block, and its only vote record stays.
    if (this.#engine?.stranded && this.settings.stateSync) await forgetEngineData(this.#options.place.engine)
    restarts.started()
    this.#engine = new EngineProcess(binary, engineArguments(this.#options.place), this.#logs.cometbft, (how) =>
      this.#died('cometbft', how, restarts, () => this.#startEngine(binary, restarts)),
    )
  }

  #died(part: Part, how: string, restarts: Restarts, again: () => Promise<unknown>): void {
    if (this.#stopping) return
    const { onEvent } = this.#options
    const log = this.#logs[part].path
    const after = restarts.died()
    if (after === undefined) {
      onEvent({ event: 'gave-up', part, how, log })
      return
    }
    onEvent({ event: 'died', part, how, log, after })
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      again().then(
        () => this.#stopping || onEvent({ event: 'restarted', part }),
        (error: Error) => this.#died(part, error.message, restarts, again),
      )
    }, after)
    this.#timers.add(timer)
  }
}

/** How CometBFT is started in its home, which says everything else. */
export const engineArguments = ({ engine }: FullPlace): string[] => ['start', '--home', engine]
