import { report, stakeSession } from '../../stake/session.ts'
import type { CommandModule } from '../command.ts'

/** `og stake unjail`: brings the account's validator back after its jail. */
export const run: CommandModule['run'] = async (context) => {
  const { writer, send } = await stakeSession(context)
  const sent = await send('unjail', 'unjail', [])
  return report(context, sent, `${writer.address} is back; its node must be up now.`, { validator: writer.address })
}
