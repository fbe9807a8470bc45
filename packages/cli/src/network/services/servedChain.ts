import { type Chain, networkFileOf, type RpcServer } from '@opengradient/chain'
import { base64, encodeNetworkFile } from '@opengradient/protocol'
import type { RunningService, ServiceHost } from './service.ts'

/** Milliseconds from one look at whether the chain has halted to the next. */
const WATCH_MS = 1_000

/** A chain that is served over JSON-RPC, as a service of the network with this name. It fails when the chain halts. */
export function servedChain(
  { chain, server, network }: { chain: Chain; server: RpcServer; network: string },
  { log, fail }: Pick<ServiceHost, 'log' | 'fail'>,
): RunningService {
  const watch = setInterval(() => {
    const error = chain.halted()
    if (!error) return
    // Once: a second time would end the process before it has closed what it holds.
    clearInterval(watch)
    fail(error)
  }, WATCH_MS)
  watch.unref()
  const about = { chainId: Number(chain.chainId), height: Number(chain.head().height), url: server.url }
  log.info(about, 'the chain is up')
  return {
    facts: { ...about, networkFile: base64(encodeNetworkFile(networkFileOf(chain, network, server.url))) },
    close: async () => {
      clearInterval(watch)
      await server.close()
      await chain.close()
    },
  }
}
