import { ADDRESSES, settlementAbi } from '@opengradient/contracts'
import { batchSlots, decodeBatch, nextSequenceSlot } from '@opengradient/contracts/slots'
import { type Address, type Batch, batchRoot, type Hex, hexToBytes, isOgError, OgError, ZERO_HASH } from '@opengradient/protocol'
import { encodeFunctionData } from 'viem'
import type { GasCall, Included, Sender, SignedTx } from '../chain/sender.ts'
import type { ChainView } from '../chain/view.ts'
import type { StoredBatch, Submission } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { NodeLog } from '../log.ts'
import { MAX_VALIDITY } from '../payment/verify.ts'
import type { ReceiptSigner } from '../receipts/signer.ts'
import type { ProveWords } from './proven.ts'

export interface CommitterOptions {
  journal: Journal
  sender: Pick<Sender, 'send' | 'follow' | 'resend' | 'included' | 'used'>
  signer: ReceiptSigner
  node: Address
  view: Pick<ChainView, 'blockTime'>
  prove: ProveWords
  /** Time of the newest block, proven; unix seconds. */
  time: () => Promise<number>
  /** Most receipts of one batch. */
  maxReceipts: number
  /** Unix seconds. */
  now: () => number
  log: NodeLog
}

/** Seconds between notes that payments are refused for another hour. */
const DOUBT_STEP = 60
/** Seconds by which a node's clock is believed to be ahead of its chain, and no more: what it says too much of keeps payers out for as long. */
const MAX_AHEAD = 600
/** More than `commit` takes. */
const COMMIT_GAS = 250_000n

/**
 * Puts every receipt, paid or free, into a Merkle batch and anchors the batches on chain, each under the next sequence. A batch
 * is durable before it is sent and is sent until it is committed: there is never a gap, and never a second batch of one sequence. Which batches
 * are on chain is proven, not told.
 */
export class Committer {
  readonly #options: CommitterOptions

  constructor(options: CommitterOptions) {
    this.#options = options
  }

  /** Where this node's batches go on; asked once, before the first. */
  async start(): Promise<void> {
    const { journal, log } = this.#options
    const next = await this.#nextOnChain()
    const known = journal.nextSequence
    if (await journal.continueFrom(next, await this.#lastTaken()))
      log.error(
        { known: `${known}`, onChain: `${next}`, until: journal.forgottenUntil },
        'this journal is new or an older copy: the chain has batches of this node that it does not know; what the lost one may have been paid with is refused until then',
      )
  }

  /**
   * Commits the batches that are open; if none is, one of what waits.
   * @returns whether there is more to commit at once. What came in while a batch was on its way waits for its own time: a node that is
   * always busy commits a batch every few seconds, not one after the other.
   */
  async commit(): Promise<boolean> {
    const { journal, maxReceipts } = this.#options
    const resumed = journal.openBatches().length > 0
    if (!resumed) await this.#make()
    let full = false
    for (const stored of journal.openBatches()) {
      await this.#send(stored)
      full ||= stored.batch.count >= maxReceipts
    }
    return resumed || full
  }

  async #make(): Promise<void> {
    const { journal, node, maxReceipts } = this.#options
    const leaves = journal.unbatched(maxReceipts)
    if (leaves.length === 0) return
    const batch: Batch = {
      node,
      root: batchRoot(leaves.map(({ receiptHash }) => receiptHash)),
      count: leaves.length,
      total: leaves.reduce((sum, { price }) => sum + price, 0n),
      sequence: journal.nextSequence,
    }
    await journal.batched({
      batch,
      requestIds: leaves.map(({ requestId }) => requestId),
      receiptHashes: leaves.map(({ receiptHash }) => receiptHash),
    })
  }

  async #send({ batch }: StoredBatch): Promise<void> {
    const { journal, sender, signer } = this.#options
    const signature = signer.batch(batch)
    const earlier = journal.submissions().filter(({ sequence }) => sequence === batch.sequence)
    for (const { tx } of earlier) {
      const included = await sender.included(tx)
      if (included?.ok) return this.#committed(batch, signature, included)
    }
    if ((await this.#nextOnChain()) > batch.sequence) return this.#adopt(batch, signature, earlier.at(-1)?.tx ?? ZERO_HASH)
    const data = hexToBytes(encodeFunctionData({ abi: settlementAbi, functionName: 'commit', args: [batch, signature] }))
    const call = { to: ADDRESSES.settlement, data, gas: COMMIT_GAS }
    const keep = ({ tx, nonce, raw }: SignedTx) => journal.submitted({ tx, nonce, raw, paymentIds: [], sequence: batch.sequence })
    try {
      await this.#finish(batch, signature, await this.#sendOrFollow(earlier, call, keep))
    } catch (error) {
      if (!isOgError(error, 'CHAIN_TX_REJECTED')) throw error
      for (const { tx, sequence } of journal.submissions()) if (sequence === batch.sequence) await journal.requeued(tx, [])
      throw error
    }
  }

  async #sendOrFollow(earlier: readonly Submission[], call: GasCall, keep: (signed: SignedTx) => Promise<void>): Promise<Included> {
    const { sender } = this.#options
    if (earlier.length === 0) return sender.send(call, keep)
    if ((await sender.used()) <= earlier[0]!.nonce) await sender.resend(earlier)
    return sender.follow(earlier, call, keep)
  }

  async #finish(batch: Batch, signature: Hex, included: Included): Promise<void> {
    if (included.ok) return this.#committed(batch, signature, included)
    await this.#options.journal.requeued(included.tx, [])
    throw new OgError('BATCH_OUT_OF_ORDER', `batch ${batch.sequence} was refused on chain in ${included.tx}`, {
      details: { tx: included.tx },
    })
  }

  /** A transaction is said to have committed the batch. @throws OgError `RPC_LIED`: then it is open still */
  async #committed(batch: Batch, signature: Hex, { tx, block }: Included): Promise<void> {
    if ((await this.#onChain(batch, block)).root !== batch.root)
      throw new OgError('RPC_LIED', `the RPC says that batch ${batch.sequence} is in block ${block}; the state proves that it is not`, {
        details: { tx, block },
      })
    const at = await this.#options.view.blockTime(block)
    await this.#options.journal.committed(batch.sequence, { signature, tx, block, at })
  }

  /** The sequence is taken on chain, and no receipt of ours is to be had any more: the root tells whose batch it is. */
  async #adopt(batch: Batch, signature: Hex, tx: Hex): Promise<void> {
    const { journal } = this.#options
    const { root, anchoredAt } = await this.#onChain(batch)
    if (root !== batch.root) {
      const until = await this.#lastTaken()
      if (journal.forgottenUntil + DOUBT_STEP <= until) await journal.doubted(until)
      throw new OgError(
        'BATCH_OUT_OF_ORDER',
        `batch ${batch.sequence} on chain is not ours: another node uses the keys of this one, or its journal is an older copy. It takes no payments, since it could sign twice; stop the other node, or begin with a new journal`,
      )
    }
    await journal.committed(batch.sequence, { signature, tx, block: 0, at: Number(anchoredAt) })
  }

  /** No authorisation that was ever taken ends later, whatever the clock says: a block's time bounded it, and blocks do not go back. */
  async #lastTaken(): Promise<number> {
    const time = await this.#options.time()
    return Math.max(time, Math.min(this.#options.now(), time + MAX_AHEAD)) + MAX_VALIDITY
  }

  /** What the chain has under the batch's sequence, in a block of this height or a higher one. */
  async #onChain({ sequence }: Batch, atLeast?: number) {
    const { prove, node } = this.#options
    return decodeBatch(await prove(batchSlots(node, sequence), atLeast))
  }

  async #nextOnChain(): Promise<bigint> {
    const { prove, node } = this.#options
    const [next] = await prove([nextSequenceSlot(node)])
    return next!
  }
}
