import { clearSupervision, readSupervision } from '../../full/running.ts'
import { print, printJson } from '../../io.ts'
import { endProcess } from '../../network/running.ts'
import { testnetPlace } from '../../testnet/layout.ts'
import type { CommandModule } from '../command.ts'

/** `og testnet stop`: ends the supervisor, and with it every validator; nothing is lost. */
export const run: CommandModule['run'] = async (context) => {
  const { running } = testnetPlace(context.home)
  const supervision = readSupervision(running)
  if (supervision) await endProcess(supervision.pid, 'the testnet', running)
  clearSupervision(running)
  if (context.flags.json) printJson(context.io, { stopped: Boolean(supervision) })
  else
    print(
      context.io,
      supervision ? 'The testnet is down; its data stays. Start it again with `og testnet start`.' : 'The testnet was not running.',
    )
  return 0
}
