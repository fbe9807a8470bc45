import { formatOpg } from '@opengradient/protocol'
import { print, printJson } from '../../io.ts'
import { writerOf } from '../../session.ts'
import type { CommandModule } from '../command.ts'

/** `og node withdraw`: pays out the credits that Settlement keeps for this account; authors use it as well. */
export const run: CommandModule['run'] = async (context) => {
  const { chain, writer } = await writerOf(context)
  const credit = await chain.credit(writer.address)
  const sent = credit > 0n ? await writer.withdrawCredit() : undefined
  if (context.flags.json) printJson(context.io, { withdrawn: credit, transaction: sent?.hash ?? null })
  else print(context.io, sent ? `${formatOpg(credit)} OPG paid out in block ${sent.height}.` : 'No credits to withdraw.')
  return 0
}
