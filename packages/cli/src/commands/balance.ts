import type { Address } from '@opengradient/protocol'
import { formatOpg } from '@opengradient/protocol'
import { addressInUse } from '../account/accounts.ts'
import { parseAddressArgument } from '../amount.ts'
import { networkOf } from '../home/networks.ts'
import { print, printJson } from '../io.ts'
import { table } from '../render/style.ts'
import { chainOf } from '../session.ts'
import type { CommandModule } from './command.ts'

/** `og balance [ADDRESS]`: proven under a block that the network file accepts. */
export const run: CommandModule['run'] = async (context, [given]) => {
  const network = networkOf(context)
  const chain = chainOf(context, network)
  const address: Address = given ? parseAddressArgument(given) : await addressInUse(context.home, context.config().account, network)
  const block = await chain.head()
  const facts = chain.at(block)
  const [{ opg, wopg }, credit] = await Promise.all([facts.balance(address), facts.credit(address)])
  const height = block.header.number
  if (context.flags.json) printJson(context.io, { address, height, opg, wopg, credit })
  else {
    print(context.io, `${address} at block ${height}`)
    const rows = [
      ['  OPG', formatOpg(opg), 'native coin: gas, bonds, transfers'],
      ['  WOPG', formatOpg(wopg), 'wrapped: pays for requests (og wrap)'],
      ['  credits', formatOpg(credit), 'earned, kept by Settlement until withdrawn'],
    ]
    for (const line of table(rows)) print(context.io, line)
  }
  return 0
}
