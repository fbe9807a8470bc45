import { mostGasPrice, TIP } from '@opengradient/client'
import { type Address, bytesToHex, type Hex, isOgError, OgError } from '@opengradient/protocol'
import type { NodeAccount } from './account.ts'
import { HeadWatch } from './headWatch.ts'
import { quantity, type Rpc } from './rpc.ts'

/** A transaction in a block. Blocks are final. */
export interface Included {
  tx: Hex
  block: number
  /** The transaction did what it was to do; false if it reverted. */
  ok: boolean
  gasUsed: bigint
  logs: { address: Address; topics: [Hex, ...Hex[]]; data: Hex }[]
}

/** A call with the gas it may use. */
export interface GasCall {
  to: Address
  data: Uint8Array
  gas: bigint
}

/** A signed transaction, to be kept before it is sent. */
export interface SignedTx {
  tx: Hex
  nonce: number
  raw: Hex
}

export interface SenderOptions {
  rpc: Rpc
  account: NodeAccount
  chainId: bigint
  /** Milliseconds after which an unseen transaction is sent again, with a higher fee. */
  patienceMs?: number
}

/**
 * How often the fee of one nonce is doubled. Whoever keeps a transaction from the chain, or only from being seen there, must not make it pay
 * any tip: the last replacement may be in a block all the same.
 */
const MAX_REPLACEMENTS = 5
/** However still the chain is, an unseen transaction is looked for this often. */
const LOOK_MS = 2_000

/**
 * Sends transactions of the node's account so that none is ever sent twice under different nonces: each is handed to `keep`
 * (durable) before it is broadcast, and replaced only under its own nonce.
 */
export class Sender {
  readonly #options: SenderOptions
  #turn: Promise<unknown> = Promise.resolve()
  #nextNonce = 0
  #stopping = false
  readonly #heads: HeadWatch

  constructor(options: SenderOptions) {
    this.#options = options
    this.#heads = new HeadWatch(() => this.#height())
  }

  /** Ends all waiting with `INTERRUPTED`: what was sent is looked for at the next start. */
  stop(): void {
    this.#stopping = true
    this.#heads.release()
  }

  /**
   * Sends a call and waits for its block, replacing it with a higher fee when it is not taken.
   * @param keep must have made the transaction durable when it resolves
   * @throws OgError `CHAIN_TX_REJECTED` if the pool refuses it (nothing is under way then), `INTERRUPTED`
   */
  async send(call: GasCall, keep: (signed: SignedTx) => Promise<void>): Promise<Included> {
    const sent = this.#turn.then(async () => {
      const [pending, fee] = await Promise.all([this.#count('pending'), this.#fee(1n)])
      const nonce = Math.max(this.#nextNonce, pending)
      const signed = this.#sign(call, nonce, fee)
      await keep(signed)
      await this.#broadcast(signed)
      this.#nextNonce = nonce + 1
      return signed
    })
    this.#turn = sent.catch(() => {
      this.#nextNonce = 0
    })
    return this.follow([await sent], call, keep)
  }

  /**
   * Waits until one of several transactions of one nonce, all of the same call, is in a block; replaces them by one with a higher fee
   * while none is, up to 32 times the first, then sends the last again and again.
   * @throws OgError `CHAIN_TX_REJECTED` if their nonce was used by another transaction: none of them will ever be in a block. `INTERRUPTED`
   */
  async follow(candidates: readonly SignedTx[], call: GasCall, keep: (signed: SignedTx) => Promise<void>): Promise<Included> {
    const { patienceMs = 15_000 } = this.#options
    const all = [...candidates]
    const { nonce } = all[0]!
    let sentAt = performance.now()
    for (;;) {
      // The count first: a transaction that came in between is then found by its receipt.
      const [used, height] = await Promise.all([this.#count('latest'), this.#height()])
      for (const { tx } of all) {
        const included = await this.#receipt(tx)
        if (included) return included
      }
      if (used > nonce) throw new OgError('CHAIN_TX_REJECTED', `nonce ${nonce} was used by another transaction`, { details: { nonce } })
      if (this.#stopping) throw new OgError('INTERRUPTED', 'the node is stopping; the transaction is looked for at the next start')
      if (performance.now() - sentAt > patienceMs) {
        if (all.length <= MAX_REPLACEMENTS) {
          const replacement = this.#sign(call, nonce, await this.#fee(2n ** BigInt(all.length)))
          await keep(replacement)
          all.push(replacement)
        }
        await this.#broadcast(all.at(-1)!)
        sentAt = performance.now()
      }
      await this.#heads.after(height, LOOK_MS)
    }
  }

  /** Sends a transaction that was kept, as it is. Being known already is no refusal. */
  async resend(signed: SignedTx): Promise<void> {
    await this.#broadcast(signed)
  }

  /** Transactions of the account that are in blocks. */
  async used(): Promise<number> {
    return this.#count('latest')
  }

  /** A transaction's receipt, if it is in a block. */
  async included(tx: Hex): Promise<Included | undefined> {
    return this.#receipt(tx)
  }

  /** Gas that a call would take now. @throws OgError `RPC_ERROR` if it would revert */
  async estimate({ to, data }: { to: Address; data: Uint8Array }): Promise<bigint> {
    const message = { from: this.#options.account.address, to, data: bytesToHex(data) }
    return quantity(await this.#options.rpc.call('eth_estimateGas', [message]))
  }

  #sign(call: GasCall, nonce: number, fees: { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }): SignedTx {
    const { account, chainId } = this.#options
    return { nonce, ...account.sign({ chainId, nonce, ...call, ...fees }) }
  }

  /** A fee that two full blocks in a row cannot outgrow, times `factor`; a replacement has to raise both parts. */
  async #fee(factor: bigint): Promise<{ maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }> {
    const block = (await this.#options.rpc.call('eth_getBlockByNumber', ['latest', false])) as { baseFeePerGas: unknown }
    return { maxFeePerGas: mostGasPrice({ baseFeePerGas: quantity(block.baseFeePerGas) }) * factor, maxPriorityFeePerGas: TIP * factor }
  }

  async #broadcast({ tx, raw, nonce }: SignedTx): Promise<void> {
    try {
      await this.#options.rpc.call('eth_sendRawTransaction', [raw])
    } catch (error) {
      if (!isOgError(error, 'RPC_ERROR')) throw error
      // Known already, or in a block already: both mean that it arrived before.
      if (/already known|already imported|nonce too low/i.test(error.message)) return
      throw new OgError('CHAIN_TX_REJECTED', `transaction ${tx} (nonce ${nonce}) was refused: ${error.message}`, { cause: error })
    }
  }

  async #height(): Promise<bigint> {
    return quantity(await this.#options.rpc.call('eth_blockNumber', []))
  }

  async #count(tag: 'latest' | 'pending'): Promise<number> {
    return Number(quantity(await this.#options.rpc.call('eth_getTransactionCount', [this.#options.account.address, tag])))
  }

  async #receipt(tx: Hex): Promise<Included | undefined> {
    const receipt = (await this.#options.rpc.call('eth_getTransactionReceipt', [tx])) as Record<string, unknown> | null
    if (!receipt) return undefined
    return {
      tx,
      block: Number(quantity(receipt.blockNumber)),
      ok: receipt.status === '0x1',
      gasUsed: quantity(receipt.gasUsed),
      logs: receipt.logs as Included['logs'],
    }
  }
}
