import { findRequest, inWordsOfTheCommandLine } from '../answers.ts'
import { sdkOf } from '../session.ts'
import { proofWait } from '../zk/wait.ts'
import type { CommandModule } from './command.ts'
import { showResult } from './infer.ts'

/** `og recover ID`: the answer to a request whose outcome is unknown, verified like any other. */
export const run: CommandModule['run'] = async (context, [given = ''], flags) => {
  const og = await sdkOf(context, { sign: false })
  const { onProof, end } = proofWait(context)
  const requestId = await findRequest(og, given)
  showResult(context, await og.recover(requestId, onProof).finally(end).catch(inWordsOfTheCommandLine), flags.output)
  return 0
}
