import { heldPaymentsAbi } from '@opengradient/contracts'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { decodeHeld, type HeldRecord, heldSlot } from '@opengradient/contracts/slots'
import { type Address, type Hex, OgError, parseHex, type Receipt } from '@opengradient/protocol'
import { decodeEventLog, encodeEventTopics } from 'viem'
import type { TrustedBlock } from '../chain/head.ts'
import { lying } from '../chain/headerRlp.ts'
import type { ChainClient } from '../connect.ts'
import { CHALLENGE_BLOCKS, PROOF_BLOCKS, penaltyOf } from '../write/heldPayments.ts'
import { settledReceipt } from './settledReceipt.ts'

/** A payment of level zk that waits in `HeldPayments`, as a block has it. */
export interface WaitingPayment {
  readonly paymentId: Hex
  readonly record: HeldRecord
  /** Of whom the RPC says that it is, and how much of the bond answers for it, OPG wei; `heldReceipt` proves both. */
  readonly node: Address
  readonly penalty: bigint
  /** The last block in which it can be challenged, or its answer proved. */
  readonly until: number
}

/** What a node has in `HeldPayments`. */
export interface WaitingPayments {
  readonly waiting: readonly WaitingPayment[]
  /** OPG wei of its bond that answer for payments which the RPC does not name. */
  readonly unnamed: bigint
}

/** Blocks that are searched at a time. */
const RANGE = 10_000

/**
 * The held payments of a node, found by its events, newest first, until the part of its bond that answers for them is explained. Needs no journal
 * of the node. What each is, the state of the block proves; of whom it is, and how much of the bond answers for it, `heldReceipt`.
 *
 * @throws OgError `RPC_ERROR`, `RPC_LIED`
 */
export async function heldPaymentsOf({ rpc, at }: ChainClient, block: TrustedBlock, node: Address): Promise<WaitingPayments> {
  let unnamed = await at(block).penalties(node)
  const waiting = new Map<Hex, WaitingPayment>()
  const topics = encodeEventTopics({ abi: heldPaymentsAbi, eventName: 'Held', args: { node } })
  for (let to = block.header.number; unnamed > 0n && to >= 0; to -= RANGE) {
    const range = { fromBlock: quantity(Math.max(0, to - RANGE + 1)), toBlock: quantity(to) }
    const logs = await rpc.call('eth_getLogs', [{ address: ADDRESSES.heldPayments, topics, ...range }])
    const named = lying(() => (logs as Log[]).map(heldBy))
    const words = await block.state.words(
      ADDRESSES.heldPayments,
      named.map(({ paymentId }) => heldSlot(paymentId)),
    )
    for (const [i, { paymentId, penalty }] of named.entries()) {
      const record = decodeHeld(words[i]!)
      if ((record.status !== 'held' && record.status !== 'challenged') || waiting.has(paymentId)) continue
      const until = record.status === 'held' ? Number(record.heldAt) + CHALLENGE_BLOCKS : Number(record.challengedAt) + PROOF_BLOCKS
      waiting.set(paymentId, { paymentId, record, node, penalty, until })
      unnamed -= penalty
    }
  }
  if (unnamed < 0n) throw new OgError('RPC_LIED', `the RPC names payments for which more of the bond of ${node} would answer than does`)
  return { waiting: [...waiting.values()], unnamed }
}

/** The receipt of a held payment, out of the transaction that settled it. @throws OgError `RECEIPT_MISSING`, `RPC_LIED` */
export async function heldReceipt(chain: ChainClient, { paymentId, record, node, penalty }: WaitingPayment): Promise<Receipt> {
  const [hash, block] = [await chain.settled(paymentId), await chain.block(Number(record.heldAt))]
  const found = hash && (await settledReceipt(chain.rpc, block, { paymentId, hash, domain: chain.domain }))
  if (found && (found.receipt.node !== node || penaltyOf(found.receipt.price) !== penalty))
    throw new OgError('RPC_LIED', `payment ${paymentId} is another node's, or another part of the bond answers for it, than the RPC said`)
  if (found) return found.receipt
  throw new OgError('RECEIPT_MISSING', `block ${record.heldAt}, which settled payment ${paymentId}, does not show its receipt`, {
    details: { paymentId },
  })
}

interface Log {
  readonly topics: [Hex, ...Hex[]]
  readonly data: Hex
}

function heldBy({ topics, data }: Log): { paymentId: Hex; penalty: bigint } {
  const { paymentId, penalty } = decodeEventLog({ abi: heldPaymentsAbi, eventName: 'Held', topics, data }).args
  return { paymentId: parseHex(paymentId, 32, 'paymentId'), penalty }
}

const quantity = (height: number): Hex => `0x${height.toString(16)}`
