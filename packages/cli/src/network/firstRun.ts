import { join } from 'node:path'
import type { Home } from '../home/paths.ts'
import { ServiceProcess } from './child.ts'
import { LogFile } from './logfile.ts'
import type { FirstScreen } from './screen.ts'
import type { LocalNetwork } from './supervisor.ts'

/** What the first run tells the first screen. */
export type FirstRunFacts = Omit<FirstScreen, 'phases' | 'ports' | 'og'>

/** Runs the first minutes in a process of its own, which ends with them: the supervisor stays small. */
export async function startFirstRun(home: Home, network: LocalNetwork, phase: (name: string) => void): Promise<FirstRunFacts> {
  const log = new LogFile(join(home.logs, 'first-run.log'))
  const config = { home: home.root, store: `http://127.0.0.1:${network.ports.store}`, token: network.storeToken }
  const service = new ServiceProcess('first-run', [JSON.stringify(config)], log, () => {}, phase)
  try {
    return (await service.ready) as unknown as FirstRunFacts
  } finally {
    await service.stop()
    await log.close()
  }
}
