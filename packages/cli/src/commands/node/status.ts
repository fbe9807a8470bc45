import { MIN_BOND } from '@opengradient/client'
import { formatOpg, OgError } from '@opengradient/protocol'
import { addressInUse } from '../../account/accounts.ts'
import { parseAddressArgument } from '../../amount.ts'
import { networkOf } from '../../home/networks.ts'
import { print, printJson } from '../../io.ts'
import { printable, table } from '../../render/style.ts'
import { chainOf } from '../../session.ts'
import type { CommandModule } from '../command.ts'

/** `og node status [NODE]` */
export const run: CommandModule['run'] = async (context, [given]) => {
  const network = networkOf(context)
  const chain = chainOf(context, network)
  const address = given ? parseAddressArgument(given, 'node') : await addressInUse(context.home, context.config().account, network)
  const block = await chain.head()
  const facts = chain.at(block)
  const [node, credit, batches] = await Promise.all([facts.node(address), facts.credit(address), facts.nextSequence(address)])
  if (!node) throw new OgError('NODE_NOT_FOUND', `${address} is not registered as a node; \`og node start\` registers it`)
  if (context.flags.json) printJson(context.io, { address, height: block.header.number, ...node, credit, batches })
  else {
    const short = node.bond < MIN_BOND ? `not active with less than ${formatOpg(MIN_BOND)} (og node bond)` : 'not leaving'
    const leaving = node.unbondingAt === 0n ? short : `leaving since ${new Date(Number(node.unbondingAt) * 1000).toISOString()}`
    const rows = [
      ['endpoint', printable(node.endpoint)],
      ['bond', `${formatOpg(node.bond)} OPG, ${leaving}`],
      ['receipt key', node.receiptKey],
      ['credits', `${formatOpg(credit)} OPG, kept by Settlement (og node withdraw)`],
      ['batches', `${batches} anchored`],
    ]
    print(context.io, `node ${address} at block ${block.header.number}`)
    for (const line of table(rows.map((row) => ['  ', ...row]))) print(context.io, line)
  }
  return 0
}
