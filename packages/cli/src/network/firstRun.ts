import { join } from 'node:path'
import type { Home } from '../home/paths.ts'
import { ServiceProcess } from './child.ts'
import { LogFile } from './logfile.ts'
import type { FirstScreen } from './screen.ts'
import type { LocalNetwork } from './supervisor.ts'

/** What the first run tells the first screen. */
export type FirstRunFacts = Omit<FirstScreen, 'phases' | 'ports' | 'og'>

/** The first minutes, in a process of their own, which ends with them: the supervisor stays small. It loads while the network starts. */
export class FirstRun {
  readonly #home: Home
  readonly #log: LogFile
  readonly #service: ServiceProcess
  #stopped: Promise<void> | undefined

  constructor(home: Home, phase: (name: string) => void) {
    this.#home = home
    this.#log = new LogFile(join(home.logs, 'first-run.log'))
    this.#service = new ServiceProcess('first-run', this.#log, () => {}, phase)
  }

  async run({ ports, storeToken }: LocalNetwork): Promise<FirstRunFacts> {
    const facts = await this.#service.begin({ home: this.#home.root, store: `http://127.0.0.1:${ports.store}`, token: storeToken })
    return facts as unknown as FirstRunFacts
  }

  /** Ends its process. Again: nothing more. */
  stop(): Promise<void> {
    this.#stopped ??= this.#service.stop().then(() => this.#log.close())
    return this.#stopped
  }
}
