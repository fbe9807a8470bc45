import { formatOpg, OgError } from '@opengradient/protocol'
import { confirm } from '../../confirm.ts'
import { print, printJson } from '../../io.ts'
import { writerOf } from '../../session.ts'
import type { CommandModule } from '../command.ts'

const UNBONDING = 7n * 86_400n

/** `og node stop`: asks to leave; after seven days the same command takes the bond out. */
export const run: CommandModule['run'] = async (context) => {
  const { chain, writer } = await writerOf(context)
  const node = await chain.node(writer.address)
  if (!node || node.bond === 0n) throw new OgError('NODE_NOT_FOUND', `${writer.address} has no bond: there is nothing to stop`)
  const free = node.unbondingAt + UNBONDING
  const now = BigInt(Math.floor(context.io.now() / 1000))
  if (node.unbondingAt === 0n) {
    await confirm(
      context,
      `Stop earning and start the 7 days after which ${formatOpg(node.bond)} OPG come back? They stay slashable until then.`,
    )
    const sent = await writer.unbond()
    if (context.flags.json) printJson(context.io, { unbonding: true, transaction: sent.hash })
    else {
      print(context.io, `Leaving since block ${sent.height}. Run the same command again in 7 days to take ${formatOpg(node.bond)} OPG out.`)
      print(context.io, `Callers skip it from now on; anybody may take it off a model's list: og models unlist MODEL ${writer.address}`)
    }
    return 0
  }
  if (now < free)
    throw new OgError('NODE_UNBONDING', `the bond is slashable until ${new Date(Number(free) * 1000).toISOString()}; run this again then`)
  const sent = await writer.withdrawBond()
  if (context.flags.json) printJson(context.io, { withdrawn: node.bond, transaction: sent.hash })
  else print(context.io, `${formatOpg(node.bond)} OPG are back, in block ${sent.height}.`)
  return 0
}
