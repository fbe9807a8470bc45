import { formatOpg } from '@opengradient/protocol'
import { addressInUse } from '../../account/accounts.ts'
import { parseAddressArgument } from '../../amount.ts'
import { networkOf } from '../../home/networks.ts'
import { print, printJson } from '../../io.ts'
import { table } from '../../render/style.ts'
import { chainOf } from '../../session.ts'
import { stakingAt } from '../../stake/staking.ts'
import type { CommandModule } from '../command.ts'

/** `og stake show [ACCOUNT]`: where its stake is, what it earned, what is on its way out. */
export const run: CommandModule['run'] = async (context, [given]) => {
  const network = networkOf(context)
  const account = given ? parseAddressArgument(given) : await addressInUse(context.home, context.config().account, network)
  const staking = await stakingAt(chainOf(context, network))
  const [validators, unbondings, commission] = await Promise.all([
    staking.validators(account),
    staking.unbondings(account),
    staking.commission(account),
  ])
  const stakes = validators.filter(({ stake, rewards }) => stake > 0n || rewards > 0n)
  if (context.flags.json) {
    const shown = stakes.map(({ validator, stake, rewards, state }) => ({ validator, stake, rewards, state }))
    printJson(context.io, { height: staking.height, account, stakes: shown, commission, unbondings })
    return 0
  }
  print(context.io, `${account} at block ${staking.height}`)
  const rows = stakes.map((one) => [`  ${one.validator}`, `${formatOpg(one.stake)} OPG`, `${formatOpg(one.rewards)} OPG earned`, one.state])
  for (const line of table(rows)) print(context.io, line)
  if (stakes.length === 0) print(context.io, '  no stake; `og stake delegate VALIDATOR AMOUNT` makes some')
  if (commission > 0n) print(context.io, `  commission earned: ${formatOpg(commission)} OPG (og stake claim)`)
  const leaving = unbondings.map(({ amount, until }) => [
    '  leaving',
    `${formatOpg(amount)} OPG`,
    until <= staking.time ? 'free now (og stake withdraw)' : `free at ${new Date(Number(until) * 1000).toISOString()}`,
  ])
  for (const line of table(leaving)) print(context.io, line)
  return 0
}
