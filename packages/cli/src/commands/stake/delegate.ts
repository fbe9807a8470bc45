import { formatOpg } from '@opengradient/protocol'
import { parseAddressArgument, parseOpg } from '../../amount.ts'
import { confirm } from '../../confirm.ts'
import { report, stakeSession } from '../../stake/session.ts'
import type { CommandModule } from '../command.ts'

/** `og stake delegate VALIDATOR AMOUNT` */
export const run: CommandModule['run'] = async (context, [to = '', amount = '']) => {
  const validator = parseAddressArgument(to, 'validator')
  const wei = parseOpg(amount, 'amount')
  await confirm(
    context,
    `Bond ${formatOpg(wei)} OPG to validator ${validator}? It takes 21 days to get it back, and 5 % of it is lost if the validator signs twice, 0.01 % if it is away.`,
  )
  const { send } = await stakeSession(context)
  const sent = await send('delegate', 'delegate', [validator], wei)
  return report(context, sent, `${formatOpg(wei)} OPG are bonded to ${validator}; they vote and earn from now on.`, {
    validator,
    amount: wei,
  })
}
