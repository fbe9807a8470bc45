import { print, printJson } from '../io.ts'
import { clearRunning, endProcess, readRunning } from '../network/running.ts'
import type { CommandModule } from './command.ts'

/** `og down`: the supervisor drains its services; a second without it is fine. */
export const run: CommandModule['run'] = async (context) => {
  const running = readRunning(context.home)
  if (running) await endProcess(running.pid, 'the network', context.home.running)
  clearRunning(context.home)
  if (context.flags.json) printJson(context.io, { stopped: Boolean(running) })
  else print(context.io, running ? 'The network is down; its data stays. Start it again with `og up`.' : 'The network was not running.')
  return 0
}
