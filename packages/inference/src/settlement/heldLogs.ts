import { ADDRESSES, heldPaymentsAbi } from '@opengradient/contracts'
import type { Address, Hex } from '@opengradient/protocol'
import { getAbiItem, toEventSelector } from 'viem'
import type { Rpc } from '../chain/rpc.ts'

const EVENTS = (['Challenged', 'Released', 'Failed'] as const).map((name) => toEventSelector(getAbiItem({ abi: heldPaymentsAbi, name })))

/** Payments of a node to which something happened in these blocks, in any order. The chain's word on what it was is `held(paymentId)`. */
export async function touchedPayments(rpc: Rpc, node: Address, from: bigint, to: bigint): Promise<Hex[]> {
  const topics = [EVENTS, null, `0x${node.slice(2).padStart(64, '0')}`]
  const filter = { address: ADDRESSES.heldPayments, fromBlock: `0x${from.toString(16)}`, toBlock: `0x${to.toString(16)}`, topics }
  const logs = (await rpc.call('eth_getLogs', [filter])) as { topics: Hex[] }[]
  return [...new Set(logs.flatMap((log) => log.topics[1] ?? []))]
}
