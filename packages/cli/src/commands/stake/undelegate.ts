import { formatOpg } from '@opengradient/protocol'
import { parseAddressArgument } from '../../amount.ts'
import { confirm } from '../../confirm.ts'
import { sharesFor } from '../../stake/amounts.ts'
import { report, stakeSession } from '../../stake/session.ts'
import { stakingAt } from '../../stake/staking.ts'
import type { CommandModule } from '../command.ts'

/** `og stake undelegate VALIDATOR AMOUNT|all` */
export const run: CommandModule['run'] = async (context, [from = '', amount = '']) => {
  const validator = parseAddressArgument(from, 'validator')
  const { chain, writer, send } = await stakeSession(context)
  const shares = sharesFor(amount, await (await stakingAt(chain)).stake(writer.address, validator))
  await confirm(
    context,
    `Take ${amount} OPG away from validator ${validator}? It is free in 21 days, earns nothing until then, and stays slashable.`,
  )
  const sent = await send('undelegate', 'undelegate', [validator, shares])
  const entry = (await (await stakingAt(chain, { atLeast: sent.height })).unbondings(writer.address)).at(-1)
  const until = new Date(Number(entry?.until ?? 0n) * 1000).toISOString()
  const text = `${formatOpg(entry?.amount ?? 0n)} OPG leave ${validator}; free at ${until} with \`og stake withdraw\`.`
  return report(context, sent, text, { validator, ...entry })
}
