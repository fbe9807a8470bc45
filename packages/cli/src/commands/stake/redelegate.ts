import { parseAddressArgument } from '../../amount.ts'
import { confirm } from '../../confirm.ts'
import { sharesFor } from '../../stake/amounts.ts'
import { report, stakeSession } from '../../stake/session.ts'
import type { CommandModule } from '../command.ts'

/** `og stake redelegate FROM TO AMOUNT|all` */
export const run: CommandModule['run'] = async (context, [source = '', target = '', amount = '']) => {
  const from = parseAddressArgument(source, 'from')
  const to = parseAddressArgument(target, 'to')
  const { chain, writer, send } = await stakeSession(context)
  const shares = sharesFor(amount, await chain.stake(writer.address, from))
  await confirm(
    context,
    `Move ${amount} OPG from ${from} to ${to}? For 21 days it answers for both validators, and can neither leave nor move again.`,
  )
  const sent = await send('redelegate', 'redelegate', [from, to, shares])
  return report(context, sent, `${amount} OPG moved from ${from} to ${to}.`, { from, to, shares })
}
