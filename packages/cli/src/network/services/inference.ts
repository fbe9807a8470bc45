import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from '@opengradient/client'
import { type Attester, startInferenceNode } from '@opengradient/inference'
import { DEV_ACCOUNTS, devAccount, type NetworkFile, OgError, parseNetworkFile } from '@opengradient/protocol'
import { networkPath } from '../../home/networks.ts'
import { homeAt } from '../../home/paths.ts'
import type { ServiceStart } from './service.ts'

const OPG = 10n ** 18n

/** The inference node of a local network: operator and receipt key are development accounts. Config: `home`, `port`, `store`, `tee`. */
export const start: ServiceStart = async ({ home, port, store, tee }, { log, idle }) => {
  const place = homeAt(String(home))
  const network = parseNetworkFile(readFileSync(networkPath(place, 'local')))
  let stop: () => void = () => {}
  const stopping = new Promise<never>((_, reject) => {
    stop = () => reject(new OgError('INTERRUPTED', 'the node is stopping'))
  })
  stopping.catch(() => {})
  const attester = async () => {
    await Promise.race([idle, stopping])
    return development(network)
  }
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
    { log, ...(tee === true && { attester }) },
  )
  return {
    facts: { node: node.address, url: node.url },
    close: () => {
      stop()
      return node.close()
    },
  }
}

/** Loaded when it is wanted: the first screen does not wait for it. */
async function development(network: NetworkFile): Promise<Attester> {
  const { attesterOf } = await import('../../tee/attester.ts')
  const trusted = () => connect({ network }).developmentRoots()
  return attesterOf({ platform: 'dev', gpu: false, trusted, machine: 'local' })
}
