import { mostGasPrice } from '@opengradient/client'
import { type Address, formatOpg, OgError } from '@opengradient/protocol'
import type { NodeLog } from '../log.ts'
import type { ChainView, Head } from './view.ts'

export interface GasMoneyOptions {
  view: Pick<ChainView, 'head' | 'balance'>
  node: Address
  /** Gas that the settlement of one payment may use, in blocks of this gas limit. */
  least: (blockGasLimit: bigint) => bigint
  log: Pick<NodeLog, 'warn' | 'info'>
}

/** So much more than too little is enough again: what comes and goes is not said each time. */
const ENOUGH = 2n
const RETRY_MS = 60_000

/** How much gas can be paid with so much OPG wei in the next blocks, at most a block full. */
export function affordable(balance: bigint, { baseFee, gasLimit }: Pick<Head, 'baseFee' | 'gasLimit'>): bigint {
  const gas = balance / mostGasPrice({ baseFeePerGas: baseFee })
  return gas < gasLimit ? gas : gasLimit
}

/** Whether the node's account can pay for the gas of its settlements, as the node's view of the chain saw it last; asks nobody. */
export class GasMoney {
  readonly #options: GasMoneyOptions
  #low = false

  constructor(options: GasMoneyOptions) {
    this.#options = options
  }

  /** After a look at the chain: says once that the money runs out, below what a block full of settlements may cost, and once that it is back. */
  look(): void {
    const { view, node, log } = this.#options
    const { head, balance } = view
    if (!head || balance === undefined) return
    const block = head.gasLimit * mostGasPrice({ baseFeePerGas: head.baseFee })
    const low = balance < (this.#low ? ENOUGH * block : block)
    if (low === this.#low) return
    this.#low = low
    const facts = { account: node, opg: formatOpg(balance) }
    if (low) log.warn(facts, 'the account runs out of OPG for the gas of settlements: send it some')
    else log.info(facts, 'the account has OPG for the gas of settlements again')
  }

  /**
   * Whether a payment that is taken now could be settled.
   * @throws OgError `NODE_BACKLOG` if the account has not the money to settle one payment
   */
  check(): void {
    const { head, balance } = this.#options.view
    if (!head || balance === undefined || affordable(balance, head) >= this.#options.least(head.gasLimit)) return
    throw new OgError(
      'NODE_BACKLOG',
      'This node has no OPG for the gas of settlements: a payment could not be settled, nor its receipt anchored. Nothing was charged; ask another node.',
      { details: { retryAfterMs: RETRY_MS } },
    )
  }
}
