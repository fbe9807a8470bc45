import { isLocalNetwork, keyAccount } from '@opengradient/client'
import { DEV_ACCOUNTS, devAccount, OgError } from '@opengradient/protocol'
import { installFastCrypto } from '@opengradient/protocol/node'
import type { LocalAccount } from 'viem'
import { findHome, readNetworkFile } from './home.ts'

/**
 * The development account of the local network in `home` (see `findHome`). It holds play money, and everybody can compute its key from the
 * chain id, so that no other network's file gives one.
 *
 * @throws OgError `NOT_RUNNING`, `NETWORK_FILE_INVALID`, `KEY_NOT_ALLOWED`
 */
export async function localAccount(home?: string): Promise<LocalAccount> {
  const network = await readNetworkFile(findHome(home), 'local')
  if (!isLocalNetwork(network))
    throw new OgError('KEY_NOT_ALLOWED', 'the network file "local" speaks of another machine; development accounts are for this one only')
  await installFastCrypto()
  return keyAccount(devAccount(network.chainId, DEV_ACCOUNTS.user).privateKey)
}
