import { parseAddressArgument } from '../../amount.ts'
import { print, printJson } from '../../io.ts'
import { sdkOf } from '../../session.ts'
import type { CommandModule } from '../command.ts'

/** `og models unlist MODEL NODE`: takes a node that is gone out of a model's list. */
export const run: CommandModule['run'] = async (context, [model = '', given = '']) => {
  const node = parseAddressArgument(given, 'node')
  const og = await sdkOf(context, { sign: true })
  const { hash, height } = await og.models.unlist(model, node)
  if (context.flags.json) printJson(context.io, { model, node, transaction: hash, height })
  else print(context.io, `${node} is off the list of ${model} since block ${height}.`)
  return 0
}
