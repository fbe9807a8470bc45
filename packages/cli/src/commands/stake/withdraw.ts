import { formatOpg, OgError } from '@opengradient/protocol'
import { print, printJson } from '../../io.ts'
import { stakeSession } from '../../stake/session.ts'
import { stakingAt } from '../../stake/staking.ts'
import type { CommandModule } from '../command.ts'

/** `og stake withdraw`: pays everything that has been unbonding for 21 days. */
export const run: CommandModule['run'] = async (context) => {
  const { chain, writer, send } = await stakeSession(context)
  const staking = await stakingAt(chain)
  const entries = await staking.unbondings(writer.address)
  const free = entries.filter(({ until }) => until <= staking.time)
  const [next] = entries.map(({ until }) => until).sort((a, b) => (a < b ? -1 : 1))
  if (free.length === 0 && next !== undefined)
    throw new OgError('CHAIN_REVERTED', `nothing is free yet; the next is at ${new Date(Number(next) * 1000).toISOString()}`)
  const paid = []
  for (const { id, amount } of free) paid.push({ id, amount, transaction: (await send('withdraw', 'withdraw', [id])).hash })
  if (context.flags.json) printJson(context.io, { paid })
  else if (paid.length === 0) print(context.io, 'Nothing is on its way out.')
  else for (const { amount } of paid) print(context.io, `${formatOpg(amount)} OPG are back.`)
  return 0
}
