import { formatOpg } from '@opengradient/protocol'
import { findRequest } from '../answers.ts'
import { confirm } from '../confirm.ts'
import { print, printJson } from '../io.ts'
import { sdkOf } from '../session.ts'
import type { CommandModule } from './command.ts'

/** `og challenge ID`: the node has to prove its answer on chain, or pays for it. */
export const run: CommandModule['run'] = async (context, [given = '']) => {
  const og = await sdkOf(context, { sign: true })
  const requestId = await findRequest(og, given)
  await confirm(context, 'Demand the proof on chain? A deposit pays for it; what the proof does not cost comes back to you.')
  const { deposit, hash, height } = await og.challenge(requestId)
  if (context.flags.json) printJson(context.io, { requestId, hash, height, deposit })
  else {
    print(context.io, `Challenged in block ${height}, with a deposit of ${formatOpg(deposit)} OPG (transaction ${hash}).`)
    print(context.io, 'The node proves the answer within 21,600 blocks, or price, deposit and a penalty come back: og receipts shows it.')
  }
  return 0
}
