import { keccak256 } from '@opengradient/protocol'
import { data, quantity } from '../codec/hex.ts'
import { bytes, required } from '../codec/params.ts'
import { type RpcMethod, rpcMethod } from '../context.ts'

/** Which node and network this is. */
export const nodeMethods: Readonly<Record<string, RpcMethod>> = {
  web3_clientVersion: rpcMethod([], ({ version }) => version),
  web3_sha3: rpcMethod([required(bytes)], (_, [input]) => data(keccak256(input))),
  net_version: rpcMethod([], ({ chain }) => chain.chainId.toString()),
  net_listening: rpcMethod([], () => true),
  eth_chainId: rpcMethod([], ({ chain }) => quantity(chain.chainId)),
  /** False: a node answers only from blocks it has executed itself. */
  eth_syncing: rpcMethod([], () => false),
  /** Nothing is ever pruned: every block can be asked about. */
  eth_capabilities: rpcMethod([], ({ chain }) => {
    const { height, hash } = chain.head()
    const all = { disabled: false, oldestBlock: '0x0' }
    return { head: { number: quantity(height), hash }, state: all, tx: all, logs: all, receipts: all, blocks: all, stateproofs: all }
  }),
  /** Empty: the node holds nobody's keys. */
  eth_accounts: rpcMethod([], () => []),
}
