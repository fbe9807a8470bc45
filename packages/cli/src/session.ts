import { type ChainClient, connect, createWriter, type Writer } from '@opengradient/client'
import { type NetworkFile, OgError } from '@opengradient/protocol'
import { OpenGradient, type SdkPolicy } from '@opengradient/sdk'
import type { LocalAccount } from 'viem'
import { openAccount } from './account/accounts.ts'
import { askPassword } from './account/password.ts'
import { parseOpg } from './amount.ts'
import type { Context } from './context.ts'
import { isLocalName, networkOf } from './home/networks.ts'
import { readRunning } from './network/running.ts'

/** The chain, read through proofs. */
export function chainOf(context: Context, network = networkOf(context)): ChainClient {
  return connect({ network, now: () => context.io.now() / 1000 })
}

/** The account that pays, opened for signing; its password, when it has one, is in `--password-file` or asked for. */
export function signerOf(context: Context, network: NetworkFile): Promise<LocalAccount> {
  const name = context.config().account
  return openAccount(context.home, name, network, () => askPassword(context, context.flags.passwordFile, `Password of account ${name}`))
}

/** Chain and account together, for commands that write. */
export async function writerOf(context: Context): Promise<{ chain: ChainClient; writer: Writer }> {
  const network = networkOf(context)
  const chain = chainOf(context, network)
  return { chain, writer: createWriter({ client: chain, account: await signerOf(context, network) }) }
}

/** Refuses a command that exists on the local network only. */
export function requireLocal(network: NetworkFile, what: string): void {
  if (!isLocalName(network.name)) throw new OgError('KEY_NOT_ALLOWED', `${what} exists on local networks only, not on "${network.name}"`)
}

/** The SDK with this home's account, caps, answers and spending. Without `sign` only reads and recoveries are possible. */
export async function sdkOf(
  context: Context,
  options: { sign: boolean; maxPrice?: bigint; evidence?: Pick<SdkPolicy, 'attestation' | 'fresh'> },
): Promise<OpenGradient> {
  const network = networkOf(context)
  const { maxPrice, maxPerDay } = context.config()
  return OpenGradient.connect({
    network,
    ...storesOf(context, network),
    home: context.home.root,
    keep: 'home',
    now: () => context.io.now() / 1000,
    policy: {
      level: 'signature',
      maxPrice: options.maxPrice ?? parseOpg(maxPrice, 'maxPrice'),
      maxPerDay: parseOpg(maxPerDay, 'maxPerDay'),
      ...options.evidence,
    },
    ...(options.sign ? { account: await signerOf(context, network) } : {}),
  })
}

/** Where models are fetched from: the store of the running local network, which is uploaded to as well, or else the one of the settings. */
export function storesOf(context: Context, network: NetworkFile): { stores?: string[]; upload?: { url: string; token: string } } {
  const running = network.name === 'local' ? readRunning(context.home) : undefined
  const { store } = context.config()
  if (!running) return store === '' ? {} : { stores: [store] }
  const url = `http://127.0.0.1:${running.ports.store}`
  return { stores: [url], upload: { url, token: running.storeToken } }
}
