import { DEV, readAccount } from '../../account/accounts.ts'
import { writeConfig } from '../../home/config.ts'
import { print, printJson } from '../../io.ts'
import type { CommandModule } from '../command.ts'

/** `og account use NAME` */
export const run: CommandModule['run'] = (context, [name = '']) => {
  if (name !== DEV) readAccount(context.home, name)
  writeConfig(context.home, 'account', name)
  if (context.flags.json) printJson(context.io, { account: name })
  else print(context.io, `${name} pays from now on.`)
  return 0
}
