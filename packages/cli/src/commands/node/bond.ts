import { MIN_BOND, type NodeFact } from '@opengradient/client'
import { type Address, formatOpg, OgError } from '@opengradient/protocol'
import { addressInUse } from '../../account/accounts.ts'
import { parseOpg } from '../../amount.ts'
import { networkOf } from '../../home/networks.ts'
import { print, printJson } from '../../io.ts'
import { chainOf, writerOf } from '../../session.ts'
import type { CommandModule } from '../command.ts'

/** `og node bond [OPG]`: the bond of this account's node, or more of it. A penalty may leave less than an active node needs. */
export const run: CommandModule['run'] = async (context, [amount]) => {
  if (amount === undefined) {
    const network = networkOf(context)
    const address = await addressInUse(context.home, context.config().account, network)
    const { bond, active } = registered(await chainOf(context, network).node(address), address)
    const missing = bond < MIN_BOND ? MIN_BOND - bond : 0n
    if (context.flags.json) printJson(context.io, { address, bond, active, missing })
    else {
      print(context.io, `${formatOpg(bond)} OPG`)
      if (missing > 0n) print(context.io, `An active node has ${formatOpg(MIN_BOND)}: og node bond ${formatOpg(missing)} adds the rest.`)
    }
    return 0
  }
  const wei = parseOpg(amount, 'bond')
  if (wei === 0n) throw new OgError('USAGE', 'bond: 0 adds nothing; name the OPG to add')
  const { chain, writer } = await writerOf(context)
  const before = registered(await chain.node(writer.address), writer.address)
  const sent = await writer.addBond(wei)
  const { bond, active } = registered(await chain.at(await chain.head({ atLeast: sent.height })).node(writer.address), writer.address)
  if (context.flags.json) printJson(context.io, { address: writer.address, bond, active, added: wei, transaction: sent.hash })
  else {
    print(context.io, `The bond is ${formatOpg(bond)} OPG since block ${sent.height}; og node stop begins to take it out.`)
    if (active && !before.active)
      print(context.io, 'Where somebody took the node out of the list of a model meanwhile, og node price MODEL OPG offers that anew.')
  }
  return 0
}

function registered(node: NodeFact | undefined, address: Address): NodeFact {
  if (!node || node.bond === 0n) throw new OgError('NODE_NOT_FOUND', `${address} has no bond as a node; \`og node start\` registers it`)
  return node
}
