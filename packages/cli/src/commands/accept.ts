import { findRequest, inWordsOfTheCommandLine } from '../answers.ts'
import { print, printJson } from '../io.ts'
import { sdkOf } from '../session.ts'
import type { CommandModule } from './command.ts'

/** `og accept ID`: the payment of an answer of level zk goes to its node now. */
export const run: CommandModule['run'] = async (context, [given = '']) => {
  const og = await sdkOf(context, { sign: true })
  const requestId = await findRequest(og, given)
  const { hash, height } = await og.accept(requestId).catch(inWordsOfTheCommandLine)
  if (context.flags.json) printJson(context.io, { requestId, hash, height })
  else print(context.io, `Accepted in block ${height}: the node is paid (transaction ${hash}).`)
  return 0
}
