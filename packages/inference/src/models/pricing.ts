import type { ChainFacts } from '@opengradient/client'
import { ADDRESSES, nodesAbi } from '@opengradient/contracts'
import { type Address, type Hex, hexToBytes, isOgError, OgError } from '@opengradient/protocol'
import { encodeFunctionData } from 'viem'
import type { Sender } from '../chain/sender.ts'
import { type ChainView, UNIT_NUMBER } from '../chain/view.ts'
import type { NodeLog } from '../log.ts'
import { leastPrice } from './leastPrice.ts'
import { needsPrice } from './needsPrice.ts'
import type { Retries } from './retries.ts'

export interface PricingOptions {
  readonly view: ChainView
  readonly sender: Sender
  readonly node: Address
  /** OPG wei a request for models that this node has not priced yet; 0 offers them for free. */
  readonly price: bigint
  readonly log: NodeLog
}

/** A model that may get a price. */
export interface Priceable {
  readonly modelId: Hex
  readonly name?: string
  /** OPG wei. */
  readonly minRoyalty: bigint
}

/**
 * The prices of this node on chain. Those that the operator set are left alone; a model without one gets the default, raised if
 * royalty and fee would not fit into it.
 */
export class Pricing {
  readonly #options: PricingOptions
  /** Models that have no price because the chain took none. */
  readonly #unpriced: Retries<Hex>
  /** Models whose price that is too low was said in the log. */
  readonly #tooCheap = new Set<Hex>()
  /** Models that were seen with a price. */
  readonly #priced = new Set<Hex>()

  /** @param unpriced what failed before, which the caller lets be tried again */
  constructor(options: PricingOptions, unpriced: Retries<Hex>) {
    this.#options = options
    this.#unpriced = unpriced
  }

  /** Sets a price for each model that this node has not priced. What cannot be priced keeps no other one from it. */
  async set(facts: ChainFacts, models: readonly Priceable[]): Promise<void> {
    const { node, price, view } = this.#options
    const [prices, registered] = await Promise.all([
      Promise.all(models.map(({ modelId }) => facts.price(node, modelId, UNIT_NUMBER.request))),
      facts.node(node),
    ])
    const fresh = models.filter(({ modelId }, i) => {
      const needed = needsPrice(prices[i]!, registered?.registeredAt ?? 0n)
      if (!needed) this.#sayKept(modelId, prices[i]!.amount)
      return needed && this.#unpriced.due(modelId)
    })
    if (fresh.length === 0) return
    const fee = price === 0n ? 0 : await view.feeBps()
    await Promise.all(fresh.map((model) => this.#setOne(model, fee)))
  }

  /** A price below what author and protocol take is refused when somebody wants to pay it. */
  warnIfTooCheap(modelId: Hex): void {
    const { view, log } = this.#options
    const [least, rates] = [view.least(modelId), view.rates(modelId) ?? []]
    const price = rates.reduce((sum, { amount }) => sum + amount, 0n)
    if (price === 0n || price >= least) this.#tooCheap.delete(modelId)
    else if (!this.#tooCheap.has(modelId)) {
      this.#tooCheap.add(modelId)
      log.error(
        { modelId, price: `${price}`, least: `${least}` },
        'requests of a model that cost less than royalty and fee are refused: raise its price',
      )
    }
  }

  /** Said once: an operator who starts the node with another price may expect it to be asked. */
  #sayKept(modelId: Hex, amount: bigint): void {
    const { price, log } = this.#options
    if (this.#priced.has(modelId)) return
    this.#priced.add(modelId)
    if (amount === price) return
    log.info(
      { modelId, price: `${amount}`, startedWith: `${price}` },
      'a model keeps the price that was set before; og node price changes it',
    )
  }

  /** What cannot be priced (there is no money for gas, the node is leaving) is said once in the log. */
  async #setOne({ modelId, name, minRoyalty }: Priceable, fee: number): Promise<void> {
    const { price, log } = this.#options
    const least = leastPrice(minRoyalty, fee)
    const asked = price === 0n || price >= least ? price : least
    try {
      await this.#send(modelId, asked)
    } catch (error) {
      if (!isOgError(error) || error.code === 'INTERRUPTED') throw error
      if (this.#unpriced.failed(modelId))
        log.error({ modelId, name, code: error.code, reason: error.message }, 'a model has no price, and is not offered')
      return
    }
    this.#unpriced.succeeded(modelId)
    this.#priced.add(modelId)
    log.info({ modelId, name, price: asked.toString() }, 'a model is offered')
  }

  async #send(modelId: Hex, amount: bigint): Promise<void> {
    const { sender } = this.#options
    const data = hexToBytes(
      encodeFunctionData({ abi: nodesAbi, functionName: 'setPrice', args: [modelId, UNIT_NUMBER.request, amount, true] }),
    )
    const call = { to: ADDRESSES.nodes, data }
    const included = await sender.send({ ...call, gas: await sender.gasFor(call) }, async () => {})
    if (!included.ok) throw new OgError('CHAIN_REVERTED', `setting a price for ${modelId} was refused in ${included.tx}`)
  }
}
