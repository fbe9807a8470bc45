import type { ChainClient } from '@opengradient/client'
import { ADDRESSES } from '@opengradient/contracts'
import { heldSlot, settledSlot, wopgNonceSlot } from '@opengradient/contracts/slots'
import type { Address, Hex } from '@opengradient/protocol'

/** What the state of a block shows, whatever the RPC says. */
export interface ProvenPayments {
  /** The hash of the receipt that consumed each payment, undefined where none did. */
  readonly receipts: readonly (Hex | undefined)[]
  /** Transactions of the node's account that were run. */
  readonly used: bigint
  /** The block's time, unix seconds. */
  readonly time: number
}

/** Looks payments up in the newest block, of this height or a higher one. @throws OgError as `ChainClient.head`, `RPC_LIED` */
export type ProvePayments = (paymentIds: readonly Hex[], atLeast?: number) => Promise<ProvenPayments>

/** Under the trust of the network file: what an answer has earned is not a matter of belief. */
export function paymentProver(client: Pick<ChainClient, 'head'>, node: Address): ProvePayments {
  return async (paymentIds, atLeast = 0) => {
    const { state, header } = await client.head({ atLeast })
    const [words, account] = await Promise.all([state.words(ADDRESSES.settlement, paymentIds.map(settledSlot)), state.account(node)])
    const receipts = words.map((word) => (word === 0n ? undefined : (`0x${word.toString(16).padStart(64, '0')}` as const)))
    return { receipts, used: account?.nonce ?? 0n, time: Number(header.timestamp) }
  }
}

/** Whether a payer's nonce is spent or cancelled in the newest block, of this height or a higher one. @throws OgError as `ChainClient.head`, `RPC_LIED` */
export type ProveSpent = (payer: Address, nonce: Hex, atLeast: number) => Promise<boolean>

/** Under the trust of the network file: what can be collected yet is given up, and its payer blamed, by nobody's word. */
export function spentProver(client: Pick<ChainClient, 'head'>): ProveSpent {
  return async (payer, nonce, atLeast) => {
    const [word] = await (await client.head({ atLeast })).state.words(ADDRESSES.wopg, [wopgNonceSlot(payer, nonce)])
    return word !== 0n
  }
}

/** Words of `Settlement` in the newest block, of this height or a higher one. @throws OgError as `ChainClient.head`, `RPC_LIED` */
export type ProveWords = (slots: readonly Hex[], atLeast?: number) => Promise<readonly bigint[]>

/** Under the trust of the network file: a node that went on behind a batch that is not on chain could never anchor one again. */
export function batchProver(client: Pick<ChainClient, 'head'>): ProveWords {
  return async (slots, atLeast = 0) => (await client.head({ atLeast })).state.words(ADDRESSES.settlement, slots)
}

/** How held payments stand in a block: their records as the words themselves (`decodeHeld`), and its height. */
export interface ProvenHeld {
  readonly records: readonly bigint[]
  readonly height: bigint
}

/** Looks held payments up in the newest block, of this height or a higher one. @throws OgError as `ChainClient.head`, `RPC_LIED` */
export type ProveHeld = (paymentIds: readonly Hex[], atLeast?: number) => Promise<ProvenHeld>

/** Under the trust of the network file: who hides a challenge from the node takes the penalty from it. */
export function heldProver(client: Pick<ChainClient, 'head'>): ProveHeld {
  return async (paymentIds, atLeast = 0) => {
    const { state, header } = await client.head({ atLeast })
    const records = paymentIds.length === 0 ? [] : await state.words(ADDRESSES.heldPayments, paymentIds.map(heldSlot))
    return { records, height: BigInt(header.number) }
  }
}
