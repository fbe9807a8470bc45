import { OgError } from '@opengradient/protocol'
import type { Context } from './context.ts'

/** Asks before something that cannot be undone or that costs money. `--yes` answers; without a terminal and without it, nothing happens. */
export async function confirm(context: Context, question: string): Promise<void> {
  if (context.flags.yes) return
  if (!context.io.interactive || context.flags.json)
    throw new OgError('USAGE', `${question} Nobody is at the terminal to answer; say --yes to go on`)
  const prompts = await import('@clack/prompts')
  const answer = await prompts.confirm({ message: question })
  if (answer !== true) throw new OgError('INTERRUPTED', 'not confirmed; nothing was done')
}
