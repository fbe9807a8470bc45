import { join } from 'node:path'
import { isLocalNetwork } from '@opengradient/client'
import { guardedHttp } from '@opengradient/client/node'
import type { NetworkFile } from '@opengradient/protocol'
import { installFastCrypto } from '@opengradient/protocol/node'
import { folder, oneOf, optional, options, type Take, takeAll } from '@opengradient/protocol/take'
import { CONNECT } from '../given.ts'
import { type OpenGradient as Connection, type ConnectOptions, connectTo } from '../openGradient.ts'
import { adoptAnswers } from './adopt.ts'
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

const network: Take<NetworkFile | string> = (value, name) => (typeof value === 'string' ? value : CONNECT.network(value, name))
const GIVEN = [
  ['what connect is given', options({ ...CONNECT, network, home: optional(folder), keep: optional(oneOf('home', 'memory')) })],
] as const

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
    const [{ home, keep = 'memory', ...more }] = takeAll(GIVEN, [given]) as [NodeConnectOptions]
    await installFastCrypto()
    const folder = findHome(home)
    const network = typeof more.network === 'string' ? await readNetworkFile(folder, more.network) : more.network
    const local = isLocalNetwork(network)
    const store = local && typeof more.network === 'string' ? await localStore(folder) : undefined
    if (keep === 'home') await adoptAnswers(join(folder, 'answers'), network.chainId)
    const options = {
      ...(store ? { stores: [store.url], upload: store } : {}),
      ...(keep === 'home'
        ? {
            ledger: fileLedger(join(folder, 'spent', `${network.chainId}.json`)),
            book: fileBook(join(folder, 'answers', `${network.chainId}`)),
          }
        : {}),
      ...more,
      network,
    }
    return connectTo(options, guardedHttp({ local }))
  },
}
