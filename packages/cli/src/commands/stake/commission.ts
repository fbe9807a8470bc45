import { parsePercent } from '../../amount.ts'
import { report, stakeSession } from '../../stake/session.ts'
import type { CommandModule } from '../command.ts'

/** `og stake commission PERCENT`: what the account's validator keeps of each reward; one point a day at most. */
export const run: CommandModule['run'] = async (context, [percent = '']) => {
  const bps = parsePercent(percent, 'commission', 5_000)
  const { writer, send } = await stakeSession(context)
  const sent = await send('change the commission', 'setCommission', [bps])
  return report(context, sent, `${writer.address} keeps ${bps / 100} % of each reward from now on.`, {
    validator: writer.address,
    commissionBps: bps,
  })
}
