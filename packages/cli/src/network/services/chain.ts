import { join } from 'node:path'
import { createChain, networkFileOf, startRpc, systemClock } from '@opengradient/chain'
import { base64, DEV_ACCOUNTS, devAccount, encodeNetworkFile } from '@opengradient/protocol'
import { homeAt } from '../../home/paths.ts'
import { localGenesis } from '../genesisFile.ts'
import type { ServiceStart } from './service.ts'

/** The full node of a local network: one validator, whose key is the development account 3. Config: `home`, `port`, `development`. */
export const start: ServiceStart = async ({ home, port, development }, { log, fail }) => {
  const place = homeAt(String(home))
  const { genesis, created } = await localGenesis(place, Date.now())
  const validatorKey = devAccount(genesis.chainId, DEV_ACCOUNTS.validator).privateKey
  const options = { genesis, validatorKey, clock: systemClock, log, development: development === true }
  const chain = await createChain({ dataDir: join(place.data, 'chain'), ...options })
  const rpc = await startRpc(chain, {
    port: Number(port),
    networkName: 'local',
    onFault: (method, err) => log.error({ err, method }, 'JSON-RPC fault'),
  })
  const watch = setInterval(() => {
    const error = chain.halted()
    if (error) fail(error)
  }, 1000)
  watch.unref()
  log.info({ url: rpc.url, height: Number(chain.head().height), chainId: Number(chain.chainId) }, 'chain is up')
  return {
    facts: {
      chainId: Number(chain.chainId),
      height: Number(chain.head().height),
      created,
      url: rpc.url,
      networkFile: base64(encodeNetworkFile(networkFileOf(chain, 'local', rpc.url))),
    },
    close: async () => {
      clearInterval(watch)
      await rpc.close()
      await chain.close()
    },
  }
}
