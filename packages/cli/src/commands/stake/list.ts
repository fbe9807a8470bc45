import { formatOpg } from '@opengradient/protocol'
import { addressInUse } from '../../account/accounts.ts'
import { networkOf } from '../../home/networks.ts'
import { print, printJson } from '../../io.ts'
import { table } from '../../render/style.ts'
import { chainOf } from '../../session.ts'
import { type ListedValidator, stakingAt } from '../../stake/staking.ts'
import type { CommandModule } from '../command.ts'

/** `og stake list`: all validators, and what the account in use has in each. */
export const run: CommandModule['run'] = async (context) => {
  const network = networkOf(context)
  const account = await addressInUse(context.home, context.config().account, network)
  const staking = await stakingAt(chainOf(context, network))
  const validators = (await staking.validators(account)).sort((a, b) => (a.tokens === b.tokens ? 0 : a.tokens > b.tokens ? -1 : 1))
  if (context.flags.json) {
    printJson(context.io, { height: staking.height, account, validators })
    return 0
  }
  const { green, red, yellow, dim } = context.style
  const total = validators.reduce((sum, { power }) => sum + power, 0n)
  const word = ({ state, jailedUntil }: ListedValidator): string => {
    if (state === 'active') return green('active')
    if (state === 'waiting') return yellow('waiting')
    return red(state === 'jailed' && jailedUntil > 0n ? `jailed until ${new Date(Number(jailedUntil) * 1000).toISOString()}` : state)
  }
  print(context.io, `${validators.length} validators at block ${staking.height}; account ${account}`)
  const heads = ['  validator', 'state', 'bonded', 'votes', 'commission', 'missed', 'your stake', 'your rewards']
  const rows = validators.map((one) => [
    `  ${one.validator}`,
    word(one),
    formatOpg(one.tokens),
    total === 0n ? '–' : `${Number((one.power * 1000n) / total) / 10} %`,
    `${one.commissionBps / 100} %`,
    String(one.missed),
    formatOpg(one.stake),
    formatOpg(one.rewards),
  ])
  for (const line of table([heads.map(dim), ...rows])) print(context.io, line)
  return 0
}
