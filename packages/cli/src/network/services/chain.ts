import { join } from 'node:path'
import { createChain, startRpc, systemClock } from '@opengradient/chain'
import { DEV_ACCOUNTS, devAccount } from '@opengradient/protocol'
import { homeAt } from '../../home/paths.ts'
import { requireNotAhead } from '../chainClock.ts'
import { localGenesis } from '../genesisFile.ts'
import { servedChain } from './servedChain.ts'
import type { ServiceStart } from './service.ts'

/**
 * Milliseconds for which calls are answered without a thread of their own: a network that was just started is there for one answer, or is about
 * to be used. Whoever can ask its node for long calls is on this machine and could do worse.
 */
const STARTING_MS = 300_000

/** Seconds after which a block is too old for a network to begin with: clients believe none that is older than 90. */
const OLD = 30

/** The full node of a local network: one validator, whose key is the development account 3. Config: `home`, `port`, `development`. */
export const start: ServiceStart = async ({ home, port, development }, { log, fail }) => {
  const place = homeAt(String(home))
  const { genesis, created } = await localGenesis(place, Date.now())
  const validatorKey = devAccount(genesis.chainId, DEV_ACCOUNTS.validator).privateKey
  const options = { genesis, validatorKey, clock: systemClock, log, development: development === true }
  const chain = await createChain({ dataDir: join(place.data, 'chain'), ...options })
  try {
    const { timestamp } = chain.head().block.header
    requireNotAhead(Number(timestamp), Date.now())
    // It was down for a while: it is up with its next block, not with one that the other services would refuse.
    if (Date.now() / 1_000 - Number(timestamp) > OLD) await chain.mine?.()
  } catch (error) {
    await chain.close()
    throw error
  }
  const rpc = await startRpc(chain, {
    port: Number(port),
    networkName: 'local',
    threadsAfter: STARTING_MS,
    onFault: (method, err) => log.error({ err, method }, 'JSON-RPC fault'),
  })
  const service = servedChain({ chain, server: rpc, network: 'local' }, { log, fail })
  return { ...service, facts: { ...service.facts, created } }
}
