import { formatOpg } from '@opengradient/protocol'
import { parseAddressArgument } from '../../amount.ts'
import { print, printJson } from '../../io.ts'
import { stakeSession } from '../../stake/session.ts'
import { stakingAt } from '../../stake/staking.ts'
import type { CommandModule } from '../command.ts'

/** `og stake claim [VALIDATOR]`: pays the rewards of the stake, of all validators unless one is named, and a validator's own commission. */
export const run: CommandModule['run'] = async (context, [given]) => {
  const only = given && parseAddressArgument(given, 'validator')
  const { chain, writer, send } = await stakeSession(context)
  const staking = await stakingAt(chain)
  const [validators, commission] = await Promise.all([staking.validators(writer.address), staking.commission(writer.address)])
  const owed = validators.filter(({ validator, rewards }) => rewards > 0n && (only === undefined || validator === only))
  const paid = []
  for (const { validator, rewards } of owed)
    paid.push({ validator, rewards, transaction: (await send('claim', 'claim', [validator])).hash })
  const own = commission > 0n && (only === undefined || only === writer.address)
  const transaction = own ? (await send('claim the commission', 'claimCommission', [])).hash : undefined
  if (context.flags.json) printJson(context.io, { paid, commission: own ? { amount: commission, transaction } : undefined })
  else {
    for (const { validator, rewards } of paid)
      print(context.io, `${formatOpg(rewards)} OPG or a little more, earned with ${validator}, are paid.`)
    if (own) print(context.io, `${formatOpg(commission)} OPG of commission are paid.`)
    if (paid.length === 0 && !own) print(context.io, 'There are no rewards to claim; they are shared out every 100 blocks.')
  }
  return 0
}
