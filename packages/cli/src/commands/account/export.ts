import { resolve } from 'node:path'
import { OgError } from '@opengradient/protocol'
import { readAccountFile } from '../../account/accounts.ts'
import { createGiven } from '../../home/given.ts'
import { print, printJson } from '../../io.ts'
import type { CommandModule } from '../command.ts'

/** `og account export NAME FILE`: the keystore as it is, still encrypted. */
export const run: CommandModule['run'] = (context, [name = '', file = '']) => {
  const target = resolve(context.io.cwd, file)
  if (!createGiven(context, file, readAccountFile(context.home, name), 0o600))
    throw new OgError('USAGE', `${target} exists already; nothing was written`)
  if (context.flags.json) printJson(context.io, { name, file: target })
  else print(context.io, `${target} (encrypted with the account's password)`)
  return 0
}
