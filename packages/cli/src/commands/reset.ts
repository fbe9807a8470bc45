import { existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OgError } from '@opengradient/protocol'
import { confirm } from '../confirm.ts'
import type { Home } from '../home/paths.ts'
import { print, printJson } from '../io.ts'
import { localParts } from '../network/localParts.ts'
import { awaitLeftovers, readRunning } from '../network/running.ts'
import type { CommandModule } from './command.ts'

/** `og reset`: removes what the local network wrote. Accounts in `keys/`, settings, and what belongs to other networks stay. */
export const run: CommandModule['run'] = async (context) => {
  const { home } = context
  if (readRunning(home)) throw new OgError('USAGE', 'the network is running; stop it first with `og down`')
  await awaitLeftovers(home)
  const targets = localParts(home)
  await requireNoNode(home, targets)
  if (targets.length > 0) await confirm(context, `Remove the local network in ${home.root} (chain, models, answers, logs)?`)
  for (const path of targets) rmSync(path, { recursive: true, force: true })
  if (context.flags.json) printJson(context.io, { removed: targets })
  else
    print(
      context.io,
      targets.length ? `Removed ${targets.length} parts of ${home.root}; accounts and settings stay.` : 'There was nothing to remove.',
    )
  return 0
}

/** A node of `og node start` goes on without its network: its journal is not taken from it. @throws OgError `JOURNAL_LOCKED` */
async function requireNoNode({ data }: Home, targets: readonly string[]): Promise<void> {
  const nodes = targets.filter((path) => [join(data, 'nodes'), data].includes(dirname(path)) && existsSync(join(path, 'journal')))
  if (nodes.length === 0) return
  const { requireJournalFree } = await import('@opengradient/inference')
  for (const node of nodes) await requireJournalFree(node)
}
