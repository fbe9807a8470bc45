import { formatOpg, OgError, type SignedReceipt } from '@opengradient/protocol'
import type { OpenGradient } from '@opengradient/sdk'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { readGiven } from '../home/given.ts'
import { print, printJson } from '../io.ts'
import { sdkOf } from '../session.ts'
import { MAX_SIGNED_BYTES, readSigned } from '../signedReceipts.ts'
import type { CommandModule } from './command.ts'

/** `og report A [B]`: two receipts of a node for one payment cost it its bond. The second may be the one that it settled. */
export const run: CommandModule['run'] = async (context, files) => {
  const reader = await sdkOf(context, { sign: false })
  const [first, second] = await given(context, reader, files)
  const { node, bond, reward, gas } = await reader.equivocation(first, second)
  if (!context.flags.json) print(context.io, `Node ${node} signed twice for one payment. Its bond is ${formatOpg(bond)} OPG.`)
  await confirm(
    context,
    `Report it? It loses all of that, and ${formatOpg(reward)} OPG are yours if nobody is quicker; gas is ${formatOpg(gas)} OPG at most.`,
  )
  const og = await sdkOf(context, { sign: true })
  const { hash, height, paymentId, slashed, reward: earned } = await og.report(first, second)
  if (context.flags.json) printJson(context.io, { node, paymentId, hash, height, slashed, reward: earned })
  else {
    print(context.io, `Reported in block ${height}: the node lost ${formatOpg(slashed)} OPG (transaction ${hash}).`)
    print(context.io, `${formatOpg(earned)} OPG are your credit; \`og node withdraw\` pays it out.`)
  }
  return 0
}

async function given(
  context: Context,
  reader: OpenGradient,
  files: readonly (string | undefined)[],
): Promise<[SignedReceipt, SignedReceipt]> {
  const named = files.filter((file) => file !== undefined)
  const [first, second, more] = named.flatMap((file) => readSigned(readGiven(context, file, MAX_SIGNED_BYTES), file))
  if (first && second && !more) return [first, second]
  const settled = first && !second && (await reader.settledInstead(first))
  if (settled) return [first, settled]
  throw new OgError(
    'USAGE',
    more
      ? `${named.join(' and ')} hold more than two receipts: name two of one payment, or one file with both`
      : `${named[0]} holds one receipt, and its payment is not settled for another one: a node that signed twice is shown by two, so name the file with the other one as well`,
  )
}
