import { createRpc } from '@opengradient/client'
import { encodeNetworkFile, parseNetworkFile } from '@opengradient/protocol'
import { writeWhole } from '../home/files.ts'
import { networkPath } from '../home/networks.ts'
import type { Home } from '../home/paths.ts'

/**
 * Writes the network file of a home anew from a node of the same operator, which is why it may be trusted: with the validators of now, because
 * a set is trusted for two weeks only. `rpcUrls`: where commands of this home ask.
 */
export async function renewNetworkFile(home: Home, chainId: number, url: string, rpcUrls: string[]): Promise<void> {
  const told = await createRpc({ chainId, urls: [url] }).call('og_networkFile', [])
  const file = parseNetworkFile(new TextEncoder().encode(JSON.stringify(told)))
  writeWhole(networkPath(home, file.name), encodeNetworkFile({ ...file, rpcUrls }))
}
