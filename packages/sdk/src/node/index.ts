import { join } from 'node:path'
import { isLocalNetwork } from '@opengradient/client'
import { guardedHttp } from '@opengradient/client/node'
import type { NetworkFile } from '@opengradient/protocol'
import { requireObject } from '../given.ts'
import { type OpenGradient as Connection, type ConnectOptions, connectTo } from '../openGradient.ts'
import { fileBook } from './fileBook.ts'
import { fileLedger } from './fileLedger.ts'
import { findHome, localStore, readNetworkFile } from './home.ts'

export * from '../index.ts'
export { fileBook } from './fileBook.ts'
export { fileLedger } from './fileLedger.ts'
export { findHome, localStore, readNetworkFile } from './home.ts'
export { localAccount } from './localAccount.ts'
export { type PullOptions, pullModel } from './pullModel.ts'

/** As `ConnectOptions`, with network files and what is kept read from a folder. */
export interface NodeConnectOptions extends Omit<ConnectOptions, 'network'> {
  /** A network file, the name of one in the home folder (`local`), or a path to one. */
  network: NetworkFile | string
  /** See `findHome`. */
  home?: string
  /** `home`: requests and what was spent are kept in the home folder, shared with `og` (default `memory`). */
  keep?: 'home' | 'memory'
}

/** A connection: `await OpenGradient.connect(options)`. */
export type OpenGradient = Connection

/**
 * The SDK in Node. A network may be named, the local one brings its store, and connections to nodes go only where strangers may point them.
 *
 * @example
 * const account = await localAccount()
 * const og = await OpenGradient.connect({ network: 'local', account, policy: { level: 'signature', maxPrice: opg('0.01') } })
 * const { outputs } = await og.infer('alice/volatility', { x: Float32Array.of(0.1) })
 */
export const OpenGradient = {
  async connect(given: NodeConnectOptions): Promise<Connection> {
    requireObject(given, 'what connect is given')
    const { home, keep = 'memory', ...options } = given
    if (typeof options.network !== 'string') requireObject(options.network, 'network, a network file or the name of one,')
    const folder = findHome(home)
    const network = typeof options.network === 'string' ? await readNetworkFile(folder, options.network) : options.network
    const local = isLocalNetwork(network)
    const store = local && typeof options.network === 'string' ? await localStore(folder) : undefined
    return connectTo({
      nodeHttp: guardedHttp({ local }),
      ...(store ? { stores: [store.url], upload: store } : {}),
      ...(keep === 'home'
        ? {
            ledger: fileLedger(join(folder, 'spent', `${network.chainId}.json`)),
            book: fileBook(join(folder, 'answers', `${network.chainId}`)),
          }
        : {}),
      ...options,
      network,
    })
  },
}
