import { exitCodeOf } from '../exit.ts'
import { listNetworks } from '../home/networks.ts'
import { print, printJson } from '../io.ts'
import { complain, spoiltJson } from '../render/error.ts'
import { shortHex, table } from '../render/style.ts'
import type { CommandModule } from './command.ts'

/** `og networks`: a file that is none does not hide the others. */
export const run: CommandModule['run'] = (context) => {
  const { found: networks, spoilt } = listNetworks(context.home)
  const used = context.config().network
  if (context.flags.json) printJson(context.io, [...networks.map(({ file }) => file), ...spoilt.map(spoiltJson)])
  else if (networks.length + spoilt.length === 0)
    print(
      context.io,
      `No network files in ${context.home.networks}. \`og up\` makes a local network; for another, put its network file there.`,
    )
  else {
    for (const line of table(
      networks.map(({ name, file }) => [
        name === used ? '*' : ' ',
        name,
        `chain ${file.chainId}`,
        `genesis ${shortHex(file.genesisHash)}`,
        file.rpcUrls.join(' '),
      ]),
    ))
      print(context.io, line)
    for (const { error } of spoilt) complain(context.io, error)
  }
  return spoilt[0] ? exitCodeOf(spoilt[0].error) : 0
}
