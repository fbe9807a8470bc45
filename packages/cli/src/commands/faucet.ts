import { createWriter } from '@opengradient/client'
import { formatOpg, OgError } from '@opengradient/protocol'
import { addressInUse, devSigner } from '../account/accounts.ts'
import { parseAddressArgument, parseOpg } from '../amount.ts'
import { networkOf } from '../home/networks.ts'
import { print, printJson } from '../io.ts'
import { chainOf, requireLocal } from '../session.ts'
import type { CommandModule } from './command.ts'

const MOST = 10_000n * 10n ** 18n

/** `og faucet [ADDRESS]`: play money of the local network. */
export const run: CommandModule['run'] = async (context, [given], flags) => {
  const network = networkOf(context)
  requireLocal(network, 'the faucet')
  const amount = parseOpg(String(flags.amount), '--amount')
  if (amount === 0n || amount > MOST)
    throw new OgError('USAGE', `--amount: the faucet gives from more than 0 to ${formatOpg(MOST)} OPG at a time`)
  const to = given ? parseAddressArgument(given) : await addressInUse(context.home, context.config().account, network)
  const chain = chainOf(context, network)
  const account = await devSigner(network, 'faucet')
  const sent = await createWriter({ client: chain, account }).transfer(to, amount)
  if (context.flags.json) printJson(context.io, { to, amount, transaction: sent.hash, height: sent.height })
  else print(context.io, `${formatOpg(amount)} OPG to ${to} in block ${sent.height}.`)
  return 0
}
