import { formatOpg } from '@opengradient/protocol'
import { findRequest, inWordsOfTheCommandLine } from '../answers.ts'
import { confirm } from '../confirm.ts'
import { print, printJson } from '../io.ts'
import { sdkOf } from '../session.ts'
import type { CommandModule } from './command.ts'

/** `og collect ID`: price, deposit and penalty of a challenge that was not answered in time. */
export const run: CommandModule['run'] = async (context, [given = '']) => {
  const reader = await sdkOf(context, { sign: false })
  const requestId = await findRequest(reader, given)
  const { can, gas } = await reader.redress(requestId)
  if (can === 'collect')
    await confirm(context, `No proof came in time. Take price, deposit and penalty? Gas is ${formatOpg(gas)} OPG at most.`)
  const og = can === 'collect' ? await sdkOf(context, { sign: true }) : reader
  const { hash, height } = await og.collect(requestId).catch(inWordsOfTheCommandLine)
  if (context.flags.json) printJson(context.io, { requestId, hash, height })
  else
    print(
      context.io,
      `Price, deposit and penalty are credit since block ${height}; \`og node withdraw\` pays it out (transaction ${hash}).`,
    )
  return 0
}
