import { mostGasPrice, TIP } from '@opengradient/client'
import { type Address, bytesToHex, formatOpg, type Hex, isOgError, OgError } from '@opengradient/protocol'
import { parseTransaction } from 'viem'
import type { NodeLog } from '../log.ts'
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
  log: Pick<NodeLog, 'warn'>
  /** Milliseconds after which an unseen transaction is sent again, with a higher fee. */
  patienceMs?: number
}

/**
 * How often the fee of one nonce is doubled. Whoever keeps a transaction from the chain, or only from being seen there, must not make it pay
 * any tip: the last replacement may be in a block all the same. From then on it is raised only above a base fee that none of them can pay.
 */
const MAX_REPLACEMENTS = 5
/** So many blocks after a transaction was seen in one, a full node that does not count it never will. */
const SETTLED_BLOCKS = 2n
/** What a transaction takes that does nothing. */
const EMPTY_GAS = 21_000n
/** However still the chain is, an unseen transaction is looked for this often. */
const LOOK_MS = 2_000

/** OPG wei per gas. */
interface Fees {
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
}

/** A fee that two full blocks in a row cannot outgrow, times `factor`; a replacement has to raise both parts. */
const feeFor = (baseFeePerGas: bigint, factor = 1n): Fees => ({
  maxFeePerGas: mostGasPrice({ baseFeePerGas }) * factor,
  maxPriorityFeePerGas: TIP * factor,
})

/** A fee for a base fee that none of these can pay, with no more tip than the pool asks of a replacement; undefined if one of them can. */
function outgrown(all: readonly SignedTx[], baseFee: bigint): Fees | undefined {
  const fees = all.map(({ raw }) => parseTransaction(raw))
  const most = (name: keyof Fees) => fees.map((fee) => fee[name] ?? 0n).reduce((a, b) => (a > b ? a : b))
  if (most('maxFeePerGas') >= baseFee) return undefined
  const tip = most('maxPriorityFeePerGas')
  return { ...feeFor(baseFee), maxPriorityFeePerGas: tip + tip / 10n + 1n }
}

/** What the dearest of these may cost, OPG wei. */
function mostCost(candidates: readonly SignedTx[]): bigint {
  const costs = candidates.map(({ raw }) => parseTransaction(raw)).map(({ gas = 0n, maxFeePerGas = 0n }) => gas * maxFeePerGas)
  return costs.reduce((a, b) => (a > b ? a : b))
}

/**
 * Sends transactions of the node's account so that none is ever sent twice under different nonces: each is handed to `keep`
 * (durable) before it is broadcast, and replaced only under its own nonce.
 */
export class Sender {
  readonly #options: SenderOptions
  #turn: Promise<unknown> = Promise.resolve()
  /**
   * Nonces of transactions that are followed, whatever the RPC has heard of them, with what each may cost at most, OPG wei. One that is given up is
   * free again: all others would wait behind it.
   */
  readonly #followed = new Map<number, bigint>()
  /** Above all nonces that were seen in blocks, for a full node whose head is behind them. */
  #unused = 0
  /** The head when the last was seen. */
  #seenAt = 0n
  #warned = ''
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
   * @throws OgError `CHAIN_TX_REJECTED` if the account cannot pay its gas, and nothing is kept then, or the pool refuses it (nothing is under way
   * then); `INTERRUPTED`
   */
  async send(call: GasCall, keep: (signed: SignedTx) => Promise<void>): Promise<Included> {
    const sent = this.#turn.then(async () => {
      const [height, pending, fee, balance] = await Promise.all([
        this.#height(),
        this.#count('pending'),
        this.#baseFee().then(feeFor),
        this.#balance(),
      ])
      // A full node that has lost a block, or has said what was not so, has the last word once it is further: behind a gap all would wait.
      let nonce = height > this.#seenAt + SETTLED_BLOCKS ? pending : Math.max(this.#unused, pending)
      while (this.#followed.has(nonce)) nonce++
      const cost = call.gas * fee.maxFeePerGas
      if (cost > this.#spare(balance, nonce)) throw this.#tooPoor(balance, cost)
      const signed = this.#sign(call, nonce, fee)
      await keep(signed)
      await this.#broadcast(signed)
      this.#followed.set(nonce, cost)
      return signed
    })
    this.#turn = sent.catch(() => {})
    return this.follow([await sent], call, keep)
  }

  /**
   * Waits until one of several transactions of one nonce, all of the same call, is in a block; replaces them by one with a higher fee
   * while none is, up to 32 times the first, then sends the last again and again, dearer only where the base fee has outgrown it: a transaction
   * that no block can take would keep all behind it from the chain.
   * @throws OgError `CHAIN_TX_REJECTED` if their nonce was used by another transaction, or the pool takes none of them any more: nothing is under
   * way then. `INTERRUPTED`
   */
  async follow(candidates: readonly SignedTx[], call: GasCall, keep: (signed: SignedTx) => Promise<void>): Promise<Included> {
    const { nonce } = candidates[0]!
    if (!this.#followed.has(nonce)) this.#followed.set(nonce, mostCost(candidates))
    try {
      return await this.#follow(candidates, call, keep)
    } finally {
      this.#followed.delete(nonce)
    }
  }

  /**
   * Sends transactions of one nonce that were kept, as they are, the last one first, up to the first that is taken: where there is not the money
   * for the gas of one, one before it may wait in the pool. Being known already is no refusal.
   * @throws OgError `CHAIN_TX_REJECTED` if none is taken: nothing is under way then
   */
  async resend(kept: readonly SignedTx[]): Promise<void> {
    for (let i = kept.length - 1; ; i--) {
      try {
        return await this.#broadcast(kept[i]!)
      } catch (error) {
        if (!isOgError(error, 'CHAIN_TX_REJECTED') || i === 0) throw error
        if (i === kept.length - 1) this.#warn(error.message)
      }
    }
  }

  /**
   * Makes way for other transactions where one of these, of one nonce, waits in the pool that nobody needs any more: one that does nothing is to
   * replace it, and one of them is in a block then, or another transaction of that nonce.
   * @throws OgError `INTERRUPTED`
   */
  async clear(candidates: readonly SignedTx[], keep: (signed: SignedTx) => Promise<void>): Promise<void> {
    const { nonce } = candidates[0]!
    const [used, pending] = await Promise.all([this.#count('latest'), this.#count('pending')])
    if (used > nonce || pending <= nonce) return
    const nothing = { to: this.#options.account.address, data: new Uint8Array(), gas: EMPTY_GAS }
    try {
      await this.follow(candidates, nothing, keep)
    } catch (error) {
      if (!isOgError(error, 'CHAIN_TX_REJECTED')) throw error
    }
  }

  /** Transactions of the account that are in blocks. */
  async used(): Promise<number> {
    return this.#count('latest')
  }

  /** A transaction's receipt, if it is in a block. */
  async included(tx: Hex): Promise<Included | undefined> {
    return this.#receipt(tx)
  }

  /**
   * Gas to send a call with: a quarter more than it takes now, or as much as a block has, of which large proofs and evidence take most.
   * @throws OgError `RPC_ERROR` if it would revert
   */
  async gasFor({ to, data }: { to: Address; data: Uint8Array }): Promise<bigint> {
    const { rpc, account } = this.#options
    const message = { from: account.address, to, data: bytesToHex(data) }
    const [taken, block] = await Promise.all([rpc.call('eth_estimateGas', [message]), rpc.call('eth_getBlockByNumber', ['latest', false])])
    const gas = (quantity(taken) * 5n) / 4n
    const most = quantity((block as { gasLimit: unknown }).gasLimit)
    return gas < most ? gas : most
  }

  async #follow(candidates: readonly SignedTx[], call: GasCall, keep: (signed: SignedTx) => Promise<void>): Promise<Included> {
    const { patienceMs = 15_000 } = this.#options
    const all = [...candidates]
    const { nonce } = all[0]!
    let sentAt = performance.now()
    for (;;) {
      // The count first: a transaction that came in between is then found by its receipt.
      const [used, height] = await Promise.all([this.#count('latest'), this.#height()])
      for (const { tx } of all) {
        const included = await this.#receipt(tx)
        if (!included) continue
        this.#unused = Math.max(this.#unused, nonce + 1)
        this.#seenAt = height
        return included
      }
      if (used > nonce) throw new OgError('CHAIN_TX_REJECTED', `nonce ${nonce} was used by another transaction`, { details: { nonce } })
      if (this.#stopping) throw new OgError('INTERRUPTED', 'the node is stopping; the transaction is looked for at the next start')
      if (performance.now() - sentAt > patienceMs) {
        const replacement = await this.#replacement(all, call)
        if (replacement) {
          await keep(replacement.signed)
          all.push(replacement.signed)
          this.#followed.set(nonce, replacement.cost)
        }
        await this.resend(all)
        sentAt = performance.now()
      }
      await this.#heads.after(height, LOOK_MS)
    }
  }

  /** The next transaction of a nonce, dearer than all before it, and what it may cost; undefined if none is due, or there is not the money. */
  async #replacement(all: readonly SignedTx[], call: GasCall): Promise<{ signed: SignedTx; cost: bigint } | undefined> {
    const { nonce } = all[0]!
    const [baseFee, balance] = await Promise.all([this.#baseFee(), this.#balance()])
    const fee = all.length <= MAX_REPLACEMENTS ? feeFor(baseFee, 2n ** BigInt(all.length)) : outgrown(all, baseFee)
    if (fee === undefined) return undefined
    const cost = call.gas * fee.maxFeePerGas
    if (cost <= this.#spare(balance, nonce)) return { signed: this.#sign(call, nonce, fee), cost }
    this.#warn(this.#tooPoor(balance, cost).message)
    return undefined
  }

  /** What of the balance no transaction of another nonce may cost: the pool takes none that is not paid for, and each try would be kept anew. */
  #spare(balance: bigint, nonce: number): bigint {
    return [...this.#followed].reduce((spare, [other, cost]) => (other === nonce ? spare : spare - cost), balance)
  }

  /** What is said stays the same while nobody sends money. */
  #tooPoor(balance: bigint, cost: bigint): OgError {
    const { address } = this.#options.account
    return new OgError(
      'CHAIN_TX_REJECTED',
      `the account ${address} has ${formatOpg(balance)} OPG, too little for the gas of its transactions: send it some`,
      { details: { address, balance, cost } },
    )
  }

  #sign(call: GasCall, nonce: number, fees: Fees): SignedTx {
    const { account, chainId } = this.#options
    return { nonce, ...account.sign({ chainId, nonce, ...call, ...fees }) }
  }

  async #baseFee(): Promise<bigint> {
    const block = (await this.#options.rpc.call('eth_getBlockByNumber', ['latest', false])) as { baseFeePerGas: unknown }
    return quantity(block.baseFeePerGas)
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

  /** Says once what stays the same. */
  #warn(reason: string): void {
    if (reason === this.#warned) return
    this.#warned = reason
    this.#options.log.warn({ reason }, 'a transaction waits, and the same one with a higher fee is refused')
  }

  async #height(): Promise<bigint> {
    return quantity(await this.#options.rpc.call('eth_blockNumber', []))
  }

  async #balance(): Promise<bigint> {
    return quantity(await this.#options.rpc.call('eth_getBalance', [this.#options.account.address, 'latest']))
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
