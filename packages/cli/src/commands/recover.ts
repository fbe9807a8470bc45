import { findRequest, inWordsOfTheCommandLine } from '../answers.ts'
import { requireWritable } from '../home/given.ts'
import { sdkOf } from '../session.ts'
import { keepingBoth } from '../signedTwice.ts'
import { proofWait } from '../zk/wait.ts'
import type { CommandModule } from './command.ts'
import { showResult } from './infer.ts'

/** `og recover ID`: the answer to a request whose outcome is unknown, verified like any other. */
export const run: CommandModule['run'] = async (context, [given = ''], flags) => {
  if (typeof flags.output === 'string') requireWritable(context, flags.output)
  const og = await sdkOf(context, { sign: false })
  const { onProof, end } = proofWait(context)
  const requestId = await findRequest(og, given)
  const result = await og
    .recover(requestId, onProof)
    .finally(end)
    .catch((error) => keepingBoth(context, requestId, error))
    .catch(inWordsOfTheCommandLine)
  showResult(context, result, flags.output)
  return 0
}
