import { existsSync, rmSync } from 'node:fs'
import { OgError } from '@opengradient/protocol'
import { confirm } from '../../confirm.ts'
import { readSupervision } from '../../full/running.ts'
import { writeConfig } from '../../home/config.ts'
import { networkPath } from '../../home/networks.ts'
import { print, printJson } from '../../io.ts'
import { TESTNET, testnetPlace } from '../../testnet/layout.ts'
import type { CommandModule } from '../command.ts'

/** `og testnet reset`: removes the testnet of this home, keys of its validators included. */
export const run: CommandModule['run'] = async (context) => {
  const { home } = context
  const { folder, running, record, genesis, validator } = testnetPlace(home)
  if (readSupervision(running)) throw new OgError('USAGE', 'the testnet is running; stop it first with `og testnet stop`')
  const there = [record, genesis, validator(1).home.root].some(existsSync)
  if (there) await confirm(context, `Remove the testnet in ${folder}, with its keys and its chain?`)
  for (const path of there ? [folder, networkPath(home, TESTNET)] : []) rmSync(path, { recursive: true, force: true })
  if (context.config().network === TESTNET) writeConfig(home, 'network', 'local')
  if (context.flags.json) printJson(context.io, { removed: there ? [folder] : [] })
  else print(context.io, there ? `Removed ${folder}; commands of this home use the local network again.` : 'There was no testnet.')
  return 0
}
