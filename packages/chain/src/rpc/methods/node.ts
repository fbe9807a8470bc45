import { data, quantity } from '../codec/hex.ts'
import { bytes, required } from '../codec/params.ts'
import { keccakOf, plainMethod, type RpcMethod, rpcMethod } from '../context.ts'

/** Which node and network this is. */
export const nodeMethods: Readonly<Record<string, RpcMethod>> = {
  web3_clientVersion: plainMethod([], ({ version }) => version),
  web3_sha3: plainMethod([required(bytes)], ({ chain }, [input]) => data(keccakOf(chain)(input))),
  net_version: plainMethod([], ({ chain }) => chain.chainId.toString()),
  net_listening: plainMethod([], () => true),
  eth_chainId: plainMethod([], ({ chain }) => quantity(chain.chainId)),
  /** False unless a snapshot is being restored: a node answers only from blocks it has executed itself. */
  eth_syncing: plainMethod([], ({ chain }) => {
    const height = chain.restoring()
    return height === undefined ? false : { startingBlock: '0x0', currentBlock: '0x0', highestBlock: quantity(height) }
  }),
  /** From the first block on, or from the snapshot with which the node began. */
  eth_capabilities: rpcMethod([], ({ chain }) => {
    const { height, hash } = chain.head()
    const first = chain.firstBlock()
    const held = { disabled: false, oldestBlock: quantity(first) }
    const receipts = { disabled: false, oldestBlock: quantity(first === 0n ? 0n : first + 1n) }
    return { head: { number: quantity(height), hash }, state: held, tx: held, logs: receipts, receipts, blocks: held, stateproofs: held }
  }),
  /** Empty: the node holds nobody's keys. */
  eth_accounts: plainMethod([], () => []),
}
