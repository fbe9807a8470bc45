import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startInferenceNode } from '@opengradient/inference'
import { DEV_ACCOUNTS, devAccount, parseNetworkFile } from '@opengradient/protocol'
import { networkPath } from '../../home/networks.ts'
import { homeAt } from '../../home/paths.ts'
import type { ServiceStart } from './service.ts'

const OPG = 10n ** 18n

/** The inference node of a local network: operator and receipt key are development accounts. Config: `home`, `port`, `store`. */
export const start: ServiceStart = async ({ home, port, store }, { log }) => {
  const place = homeAt(String(home))
  const network = parseNetworkFile(readFileSync(networkPath(place, 'local')))
  const node = await startInferenceNode(
    {
      network,
      dataDir: join(place.data, 'inference'),
      accountKey: devAccount(network.chainId, DEV_ACCOUNTS.nodeOperator).privateKey,
      receiptKey: devAccount(network.chainId, DEV_ACCOUNTS.receiptKey).privateKey,
      stores: [String(store)],
      serve: 'all',
      price: (2n * OPG) / 1000n,
      bond: 10_000n * OPG,
      port: Number(port),
    },
    { log },
  )
  return { facts: { node: node.address, url: node.url }, close: () => node.close() }
}
