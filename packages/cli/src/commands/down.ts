import { OgError } from '@opengradient/protocol'
import { print, printJson } from '../io.ts'
import { clearRunning, isAlive, readRunning } from '../network/running.ts'
import type { CommandModule } from './table.ts'

/** `og down`: the supervisor drains its services; a second without it is fine. */
export const run: CommandModule['run'] = async (context) => {
  const running = readRunning(context.home)
  if (running) {
    process.kill(running.pid, 'SIGTERM')
    for (let waited = 0; isAlive(running.pid); waited += 100) {
      if (waited > 30_000)
        throw new OgError(
          'INTERNAL',
          `the network (process ${running.pid}) does not stop; look at \`og logs\`, or end it with kill -9 ${running.pid}: nothing committed is lost`,
        )
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  clearRunning(context.home)
  if (context.flags.json) printJson(context.io, { stopped: Boolean(running) })
  else print(context.io, running ? 'The network is down; its data stays. Start it again with `og up`.' : 'The network was not running.')
  return 0
}
