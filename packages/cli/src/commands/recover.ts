import { findRequest } from '../answers.ts'
import { sdkOf } from '../session.ts'
import { proofWait } from '../zk/wait.ts'
import type { CommandModule } from './command.ts'
import { showResult } from './infer.ts'

/** `og recover ID`: the answer to a request whose outcome is unknown, verified like any other. */
export const run: CommandModule['run'] = async (context, [given = ''], flags) => {
  const og = await sdkOf(context, { sign: false })
  const { onProof, end } = proofWait(context)
  showResult(context, await og.recover(await findRequest(og, given), onProof).finally(end), flags.output)
  return 0
}
