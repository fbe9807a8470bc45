import { DEV_ACCOUNTS, devAccount } from '@opengradient/protocol'
import { DEV, listAccounts } from '../../account/accounts.ts'
import { exitCodeOf } from '../../exit.ts'
import { isLocalName, listNetworks } from '../../home/networks.ts'
import { print, printJson } from '../../io.ts'
import { complain, spoiltJson } from '../../render/error.ts'
import { table } from '../../render/style.ts'
import type { CommandModule } from '../command.ts'

/** `og account list`: a file that holds none does not hide the others. */
export const run: CommandModule['run'] = (context) => {
  const used = context.config().account
  const local = listNetworks(context.home).found.find(({ file }) => isLocalName(file.name))?.file
  const { found: stored, spoilt } = listAccounts(context.home)
  const dev = local
    ? [{ name: DEV, address: devAccount(local.chainId, DEV_ACCOUNTS.user).address, note: 'development account, local network only' }]
    : []
  const accounts = [...dev, ...stored].map((account) => ({ ...account, used: account.name === used }))
  if (context.flags.json) printJson(context.io, [...accounts, ...spoilt.map(spoiltJson)])
  else if (accounts.length + spoilt.length === 0)
    print(context.io, 'No accounts yet. `og account new NAME` makes one; `og up` makes a local network with a development account.')
  else {
    for (const line of table(accounts.map((a) => [a.used ? '*' : ' ', a.name, a.address, 'note' in a ? String(a.note) : ''])))
      print(context.io, line.trimEnd())
    for (const { error } of spoilt) complain(context.io, error)
  }
  return spoilt[0] ? exitCodeOf(spoilt[0].error) : 0
}
