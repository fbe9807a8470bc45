import { type ChainClient, connect, createWriter, type Writer } from '@opengradient/client'
import { type NetworkFile, OgError } from '@opengradient/protocol'
import type { LocalAccount } from 'viem'
import { openAccount } from './account/accounts.ts'
import { askPassword } from './account/password.ts'
import type { Context } from './context.ts'
import { readNetwork } from './home/networks.ts'

/** The network file that this invocation trusts. */
export function networkOf(context: Context): NetworkFile {
  return readNetwork(context.home, context.flags.network ?? context.config().network, context.io.cwd)
}

/** The chain, read through proofs. */
export function chainOf(context: Context, network = networkOf(context)): ChainClient {
  return connect({ network, now: () => context.io.now() / 1000 })
}

/** The account that pays, opened for signing; asks for its password when it has one. */
export function signerOf(context: Context, network: NetworkFile, passwordFile?: unknown): Promise<LocalAccount> {
  const name = context.config().account
  return openAccount(context.home, name, network, () => askPassword(context, passwordFile, `Password of account ${name}`))
}

/** Chain and account together, for commands that write. */
export async function writerOf(context: Context, passwordFile?: unknown): Promise<{ chain: ChainClient; writer: Writer }> {
  const network = networkOf(context)
  const chain = chainOf(context, network)
  return { chain, writer: createWriter({ client: chain, account: await signerOf(context, network, passwordFile) }) }
}

/** Refuses a command that exists on the local network only. */
export function requireLocal(network: NetworkFile, what: string): void {
  if (network.name !== 'local') throw new OgError('KEY_NOT_ALLOWED', `${what} exists on the local network only, not on "${network.name}"`)
}
