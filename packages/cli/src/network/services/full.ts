import { type Chain, createChain, LOOPBACK_NAMES, startRpc } from '@opengradient/chain'
import { cometbftLightBlocks, remembered, webHttp } from '@opengradient/client'
import { readGenesis } from '../../full/create.ts'
import { nodeIdOf, readEngineKeys } from '../../full/engineKeys.ts'
import { engineView } from '../../full/engineStatus.ts'
import { encodeJoinFile, JOIN_PATH } from '../../full/joinFile.ts'
import { NodeCounts } from '../../full/metrics/counts.ts'
import { diskUse } from '../../full/metrics/disk.ts'
import { nodeMetrics } from '../../full/metrics/registry.ts'
import { serveMetrics } from '../../full/metrics/server.ts'
import { addressOf, type FullPlace, type FullSettings, fullPlace, needSettings } from '../../full/settings.ts'
import { homeAt } from '../../home/paths.ts'
import { servedChain } from './servedChain.ts'
import type { ServiceHost, ServiceStart } from './service.ts'

/** Light blocks that are kept: what clients ask for again and again. */
const REMEMBERED = 256

/** A full node that CometBFT drives. Config: `home`; everything else is in its `full.json`. */
export const start: ServiceStart = async ({ home }, { log, fail }) => {
  const place = fullPlace(homeAt(String(home)))
  const settings = needSettings(place)
  const genesis = readGenesis(place)
  const { abci, engineRpc, rpc, network, snapshotInterval } = settings
  const counts = new NodeCounts()
  const snapshots = { folder: place.snapshots, interval: BigInt(snapshotInterval) }
  const chain = await createChain({
    dataDir: place.chain,
    genesis,
    log,
    onStep: counts.step,
    cometbft: { listen: abci.listen, rpc: engineRpc.url, home: place.engine, ...(snapshotInterval > 0 && { snapshots }) },
  })
  const joinFile = new TextDecoder().decode(encodeJoinFile({ network, genesis, ...publishedPeers(place, settings) }))
  const server = await startRpc(chain, {
    host: rpc.host,
    port: rpc.port,
    names: [...LOOPBACK_NAMES, ...rpc.names],
    debug: rpc.debug ?? false,
    networkName: network,
    ...(rpc.names[0] !== undefined && { publicUrl: `https://${rpc.names[0]}` }),
    lightBlocks: remembered(cometbftLightBlocks(engineRpc.url, webHttp(globalThis.fetch)), REMEMBERED),
    documents: { [JOIN_PATH]: () => joinFile },
    onAnswered: counts.answered,
    onFault: (method, err) => log.error({ err, method }, 'JSON-RPC fault'),
  })
  const service = servedChain({ chain, server, network }, { log, fail })
  const endMetrics = await servedMetrics(chain, counts, place, settings, log)
  return {
    facts: { ...service.facts, genesisHash: chain.genesisHash },
    close: async () => {
      await endMetrics()
      await service.close()
    },
  }
}

/** Serves the node's own metrics where the settings say; answers how to end that. */
async function servedMetrics(
  chain: Chain,
  counts: NodeCounts,
  place: FullPlace,
  { nodeMetrics: address, rpc, engineRpc }: FullSettings,
  log: ServiceHost['log'],
): Promise<() => Promise<void>> {
  chain.onBlock(({ hashes, block }) => counts.block(hashes.length, block.header.gasUsed))
  if (address === undefined) return async () => {}
  const { host, port } = addressOf(address)
  const [engine, disk, now] = [() => engineView(engineRpc.url), diskUse(place.chain, Date.now), Date.now]
  const names = [...LOOPBACK_NAMES, host, ...rpc.names]
  const server = await serveMetrics(nodeMetrics({ chain, counts, engine, disk, now }), {
    host,
    port,
    names,
    onFault: (err) => log.error({ err }, 'metrics fault'),
  })
  return () => server.close()
}

/** Whom nodes that join are told of: this node, if it says where it is reached, and the peers that it was told of in public itself. */
function publishedPeers(place: FullPlace, { external, publicPeers, local, engineRpc }: FullSettings) {
  const keys = readEngineKeys(place.engine)
  const own = external && keys ? [`${nodeIdOf(keys)}@${external}`] : []
  return { peers: [...new Set([...own, ...publicPeers])].slice(0, 64), syncServers: local ? [engineRpc.url] : [] }
}
