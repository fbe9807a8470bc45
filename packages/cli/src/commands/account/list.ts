import { DEV_ACCOUNTS, devAccount } from '@opengradient/protocol'
import { DEV, listAccounts } from '../../account/accounts.ts'
import { isLocalName, listNetworks } from '../../home/networks.ts'
import { print, printJson } from '../../io.ts'
import { table } from '../../render/style.ts'
import type { CommandModule } from '../command.ts'

/** `og account list` */
export const run: CommandModule['run'] = (context) => {
  const used = context.config().account
  const local = listNetworks(context.home).find((network) => isLocalName(network.name))
  const dev = local
    ? [{ name: DEV, address: devAccount(local.chainId, DEV_ACCOUNTS.user).address, note: 'development account, local network only' }]
    : []
  const accounts = [...dev, ...listAccounts(context.home)].map((account) => ({ ...account, used: account.name === used }))
  if (context.flags.json) printJson(context.io, accounts)
  else if (accounts.length === 0)
    print(context.io, 'No accounts yet. `og account new NAME` makes one; `npm start` makes a local network with a development account.')
  else
    for (const line of table(accounts.map((a) => [a.used ? '*' : ' ', a.name, a.address, 'note' in a ? String(a.note) : ''])))
      print(context.io, line.trimEnd())
  return 0
}
