import { listNetworks } from '../home/networks.ts'
import { print, printJson } from '../io.ts'
import { shortHex, table } from '../render/style.ts'
import type { CommandModule } from './command.ts'

/** `og networks` */
export const run: CommandModule['run'] = (context) => {
  const networks = listNetworks(context.home)
  const used = context.config().network
  if (context.flags.json) printJson(context.io, networks)
  else if (networks.length === 0)
    print(
      context.io,
      `No network files in ${context.home.networks}. \`og up\` makes a local network; for another, put its network file there.`,
    )
  else
    for (const line of table(
      networks.map((n) => [
        n.name === used ? '*' : ' ',
        n.name,
        `chain ${n.chainId}`,
        `genesis ${shortHex(n.genesisHash)}`,
        n.rpcUrls.join(' '),
      ]),
    ))
      print(context.io, line)
  return 0
}
