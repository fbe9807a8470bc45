import { formatOpg } from '@opengradient/protocol'
import { findRequest, inWordsOfTheCommandLine } from '../answers.ts'
import { confirm } from '../confirm.ts'
import { print, printJson } from '../io.ts'
import { sdkOf } from '../session.ts'
import type { CommandModule } from './command.ts'

/** `og challenge ID`: the node has to prove its answer on chain, or pays for it. The answer need not have come. */
export const run: CommandModule['run'] = async (context, [given = '']) => {
  const reader = await sdkOf(context, { sign: false })
  const requestId = await findRequest(reader, given)
  const { can, price, node, until = 0, height, deposit: least, gas } = await reader.redress(requestId)
  if (can === 'challenge') {
    if (!context.flags.json)
      print(context.io, `${formatOpg(price)} OPG wait for node ${node}; ${until - height} blocks are left to challenge, up to ${until}.`)
    await confirm(
      context,
      `Demand the proof on chain? ${formatOpg(least)} OPG go along as a deposit, of which comes back what the proof does not cost; gas is ${formatOpg(gas)} OPG at most.`,
    )
  }
  // Where nothing can be challenged, this says why, and signs nothing.
  const og = can === 'challenge' ? await sdkOf(context, { sign: true }) : reader
  const { deposit, hash, height: block } = await og.challenge(requestId).catch(inWordsOfTheCommandLine)
  if (context.flags.json) printJson(context.io, { requestId, hash, height: block, deposit })
  else {
    print(context.io, `Challenged in block ${block}, with a deposit of ${formatOpg(deposit)} OPG (transaction ${hash}).`)
    print(
      context.io,
      'The node proves the answer within 21,600 blocks, or `og collect` brings price, deposit and penalty: og receipts shows it.',
    )
  }
  return 0
}
