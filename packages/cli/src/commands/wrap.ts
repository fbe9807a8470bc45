import { formatOpg, OgError } from '@opengradient/protocol'
import { parseOpg } from '../amount.ts'
import { print, printJson } from '../io.ts'
import { writerOf } from '../session.ts'
import type { CommandModule } from './command.ts'

/** `og wrap AMOUNT [--unwrap]` */
export const run: CommandModule['run'] = async (context, [amount = ''], flags) => {
  const wei = parseOpg(amount, 'amount')
  if (wei === 0n) throw new OgError('USAGE', 'amount: nothing would change, and gas would be paid for it')
  const { chain, writer } = await writerOf(context)
  const sent = flags.unwrap ? await writer.unwrap(wei) : await writer.wrap(wei)
  const balance = await chain.at(await chain.head({ atLeast: sent.height })).balance(writer.address)
  if (context.flags.json) printJson(context.io, { transaction: sent.hash, height: sent.height, ...balance })
  else
    print(
      context.io,
      `${flags.unwrap ? 'Unwrapped' : 'Wrapped'} ${formatOpg(wei)} OPG in block ${sent.height}: ${formatOpg(balance.wopg)} WOPG, ${formatOpg(balance.opg)} OPG.`,
    )
  return 0
}
