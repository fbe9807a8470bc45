import { ADDRESSES, heldPaymentsAbi, multicall3Abi, nodesAbi, settlementAbi } from '@opengradient/contracts'
import { wopgBalanceSlot, wopgNonceSlot } from '@opengradient/contracts/slots'
import { type Address, type BillingUnit, type Hex, OgError } from '@opengradient/protocol'
import { type Abi, decodeFunctionResult, encodeFunctionData } from 'viem'
import { leastPrice } from '../models/leastPrice.ts'
import { quantity, type Rpc } from './rpc.ts'

/** The newest block as the node last saw it. */
export interface Head {
  number: bigint
  /** Unix seconds. */
  timestamp: number
  baseFee: bigint
  gasLimit: bigint
}

/** What `Nodes` says about this node and the key it signs with. */
export interface NodeStanding {
  bond: bigint
  unbondingAt: bigint
  keyFrom: bigint
  keyUntil: bigint
}

/** OPG wei for one unit of a model. */
export type Rate = { unit: BillingUnit; amount: bigint }

/** Numbers of the units in `Nodes`. */
export const UNIT_NUMBER: Readonly<Record<BillingUnit, number>> = { request: 0, byte: 1, token_in: 2, token_out: 3 }
/** Units whose usage is known before the model runs; only these can be charged with `exact`. */
const QUOTED: readonly BillingUnit[] = ['request', 'byte']
/** Questions in one call: a full node gives a call as much gas as a block has, and strangers publish as many models as they like. */
const QUESTIONS = 500

const unheard = () => new OgError('CHAIN_UNREACHABLE', 'the node has not heard from its full node yet')

export interface ChainViewOptions {
  rpc: Rpc
  node: Address
  receiptKey: Address
  /** Unix seconds, the node's clock. */
  now: () => number
  /** Most seconds that clock and head may be apart before nothing is signed. */
  maxSkew: number
}

/**
 * The node's view of the chain: the head, its own registration and its prices, refreshed by `refresh`; and reads of
 * single facts at the head. The RPC is the operator's own full node and is believed.
 */
export class ChainView {
  readonly #options: ChainViewOptions
  #head: Head | undefined
  #balance: bigint | undefined
  #standing: NodeStanding | undefined
  #rates = new Map<Hex, Rate[]>()
  #models: ReadonlyMap<Hex, bigint> = new Map()
  #least = new Map<Hex, bigint>()

  constructor(options: ChainViewOptions) {
    this.#options = options
  }

  /** Models whose prices are to be watched, with the least royalty that each author takes, OPG wei. */
  watch(models: ReadonlyMap<Hex, bigint>): void {
    this.#models = models
  }

  /** The head at the last refresh; undefined before the first. */
  get head(): Head | undefined {
    return this.#head
  }

  /** OPG wei of the node's account, which pays for gas, at the last refresh; undefined before the first. */
  get balance(): bigint | undefined {
    return this.#balance
  }

  get standing(): NodeStanding | undefined {
    return this.#standing
  }

  /** What this node asks for a model on chain; empty if it is free, undefined if the node does not offer it. */
  rates(modelId: Hex): readonly Rate[] | undefined {
    return this.#rates.get(modelId)
  }

  /** OPG wei: a payment of less could not be settled, since royalty and fee do not fit into it. */
  least(modelId: Hex): bigint {
    return this.#least.get(modelId) ?? 0n
  }

  /** Reads the head. */
  async refreshHead(): Promise<Head> {
    const block = (await this.#options.rpc.call('eth_getBlockByNumber', ['latest', false])) as Record<string, unknown> | null
    if (!block) throw new OgError('CHAIN_UNREACHABLE', 'the RPC has no latest block')
    this.#head = {
      number: quantity(block.number),
      timestamp: Number(quantity(block.timestamp)),
      baseFee: quantity(block.baseFeePerGas),
      gasLimit: quantity(block.gasLimit),
    }
    return this.#head
  }

  /** Reads what the node's account has. */
  async refreshBalance(): Promise<void> {
    this.#balance = quantity(await this.#options.rpc.call('eth_getBalance', [this.#options.node, 'latest']))
  }

  /** Reads the node's registration and the prices of the watched models. */
  async refreshOffers(): Promise<void> {
    const { node, receiptKey } = this.#options
    const floors = this.#models
    const models = [...floors.keys()]
    const fee = [...floors.values()].some((floor) => floor > 0n) ? await this.feeBps() : 0
    const calls = [
      encodeFunctionData({ abi: nodesAbi, functionName: 'standing', args: [node, receiptKey] }),
      ...models.flatMap((modelId) =>
        QUOTED.map((unit) => encodeFunctionData({ abi: nodesAbi, functionName: 'price', args: [node, modelId, UNIT_NUMBER[unit]] })),
      ),
    ]
    const [standing, ...prices] = await this.#multicall(calls)
    const [bond, unbondingAt, keyFrom, keyUntil] = decodeFunctionResult({ abi: nodesAbi, functionName: 'standing', data: standing! })
    this.#standing = { bond, unbondingAt, keyFrom, keyUntil }
    const rates = new Map<Hex, Rate[]>()
    for (const [m, modelId] of models.entries()) {
      const offers = QUOTED.map((unit, u) => {
        const data = prices[m * QUOTED.length + u]!
        return { unit, ...decodeFunctionResult({ abi: nodesAbi, functionName: 'price', data }) }
      }).filter(({ active }) => active)
      if (offers.length > 0)
        rates.set(
          modelId,
          offers.filter(({ amount }) => amount > 0n).map(({ unit, amount }) => ({ unit, amount })),
        )
    }
    this.#rates = rates
    this.#least = new Map(models.map((modelId) => [modelId, leastPrice(floors.get(modelId)!, fee)]))
  }

  /**
   * Whether the node may sign receipts now.
   * @throws OgError `CHAIN_UNREACHABLE`, `NODE_CLOCK_SKEW`, `NODE_NOT_ACTIVE`
   */
  checkSane(): void {
    const standing = this.#standing
    if (!standing) throw unheard()
    this.checkClock()
    const { bond, unbondingAt, keyFrom, keyUntil } = standing
    if (bond === 0n || unbondingAt !== 0n || keyFrom === 0n || keyUntil !== 0n) {
      throw new OgError('NODE_NOT_ACTIVE', 'the node is not registered with a bond and this receipt key, or is leaving', {
        details: { bond, unbondingAt, keyFrom, keyUntil },
      })
    }
  }

  /**
   * Whether the node's clock and the head are close enough to date anything.
   * @throws OgError `CHAIN_UNREACHABLE`, `NODE_CLOCK_SKEW`
   */
  checkClock(): void {
    const head = this.#head
    if (!head) throw unheard()
    const now = this.#options.now()
    const skew = now - head.timestamp
    if (Math.abs(skew) > this.#options.maxSkew) {
      throw new OgError(
        'NODE_CLOCK_SKEW',
        `the node's clock is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} the head of the chain; it signs nothing until they are within ${this.#options.maxSkew} s`,
        { details: { now, head: head.timestamp, maxSkew: this.#options.maxSkew } },
      )
    }
  }

  /** WOPG balance of an account and whether it spent or cancelled an EIP-3009 nonce, at the head. */
  async payer(account: Address, nonce: Hex): Promise<{ balance: bigint; nonceUsed: boolean }> {
    const slots = [wopgBalanceSlot(account), wopgNonceSlot(account, nonce)]
    const [balance, used] = await Promise.all(slots.map((slot) => this.word(ADDRESSES.wopg, slot)))
    return { balance: balance!, nonceUsed: used !== 0n }
  }

  /** Whether an account has code, at the head. */
  async hasCode(account: Address): Promise<boolean> {
    return (await this.#options.rpc.call('eth_getCode', [account, 'latest'])) !== '0x'
  }

  /** One storage word at the head. */
  async word(contract: Address, slot: Hex): Promise<bigint> {
    return quantity(await this.#options.rpc.call('eth_getStorageAt', [contract, slot, 'latest']))
  }

  /** Time of a block, unix seconds. */
  async blockTime(height: number): Promise<number> {
    const block = (await this.#options.rpc.call('eth_getBlockByNumber', [`0x${height.toString(16)}`, false])) as {
      timestamp: unknown
    } | null
    return Number(quantity(block?.timestamp))
  }

  /** OPG wei of the bond that answer for the proof of an answer of this price. */
  async penaltyOf(price: bigint): Promise<bigint> {
    return quantity(await this.#held('penaltyOf', [price]))
  }

  /** Why a payment of this price could not be held if the bond were of `bond` OPG wei: the selector of an error, or zero. */
  async heldRefusal(modelId: Hex, bond: bigint, price: bigint): Promise<Hex> {
    return (await this.#held('refusal', [modelId, this.#options.node, bond, price])).slice(0, 10) as Hex
  }

  /** How long a payment may be challenged, and how long its proof may then take; blocks. */
  async heldTerms(): Promise<{ challengeBlocks: bigint; proofBlocks: bigint }> {
    const [challenge, proof] = await Promise.all([this.#held('CHALLENGE_BLOCKS', []), this.#held('PROOF_BLOCKS', [])])
    return { challengeBlocks: quantity(challenge), proofBlocks: quantity(proof) }
  }

  async #held(functionName: 'penaltyOf' | 'refusal' | 'CHALLENGE_BLOCKS' | 'PROOF_BLOCKS', args: readonly unknown[]): Promise<Hex> {
    const data = encodeFunctionData({ abi: heldPaymentsAbi as Abi, functionName, args })
    return (await this.#options.rpc.call('eth_call', [{ to: ADDRESSES.heldPayments, data }, 'latest'])) as Hex
  }

  /** What the protocol takes of a price, in basis points. */
  async feeBps(): Promise<number> {
    const data = encodeFunctionData({ abi: settlementAbi, functionName: 'feeBps' })
    return Number(quantity(await this.#options.rpc.call('eth_call', [{ to: ADDRESSES.settlement, data }, 'latest'])))
  }

  async #multicall(calls: Hex[]): Promise<Hex[]> {
    const answers: Hex[] = []
    for (let at = 0; at < calls.length; at += QUESTIONS) answers.push(...(await this.#aggregate(calls.slice(at, at + QUESTIONS))))
    return answers
  }

  async #aggregate(calls: Hex[]): Promise<Hex[]> {
    const args = [calls.map((callData) => ({ target: ADDRESSES.nodes, allowFailure: false, callData }))] as const
    const data = encodeFunctionData({ abi: multicall3Abi, functionName: 'aggregate3', args })
    const result = (await this.#options.rpc.call('eth_call', [{ to: ADDRESSES.multicall3, data }, 'latest'])) as Hex
    return decodeFunctionResult({ abi: multicall3Abi, functionName: 'aggregate3', data: result }).map((one) => one.returnData)
  }
}
