import { type Hex, OgError } from '@opengradient/protocol'
import type { ChainView } from '../chain/view.ts'
import type { Journal } from '../journal/journal.ts'
import { errorName } from '../settlement/outcome.ts'
import { ZK_LEVEL } from './x402.ts'

export interface BondGuardOptions {
  readonly view: Pick<ChainView, 'penaltyOf' | 'heldRefusal' | 'standing'>
  readonly journal: Pick<Journal, 'unsettled'>
}

const ZERO_SELECTOR = '0x00000000'
const RETRY_MS = 60_000

/**
 * Sees to it that `Settlement` will hold what this node is paid at level zk: each answer that is not proved yet is answered for by a part of
 * the bond. The chain knows of those that are settled; those that are paid and not settled yet are counted here, but for what the chain refused:
 * payers without money keep nobody else from a part.
 */
export class BondGuard {
  readonly #options: BondGuardOptions
  /** Admitted, and not in the journal's list of unsettled ones. */
  readonly #admitted = new Set<{ penalty: bigint }>()
  /** A pure function of the contract. */
  readonly #penalties = new Map<bigint, bigint>()

  constructor(options: BondGuardOptions) {
    this.#options = options
  }

  /**
   * Takes the part of the bond that one answer needs. Call the result when the journal has the answer, or the request is given up.
   * @throws OgError `NODE_LEVEL_NOT_OFFERED` (no integer model on chain), `NODE_BACKLOG` (the bond answers for too much already)
   */
  async take(modelId: Hex, price: bigint): Promise<() => void> {
    const { view, journal } = this.#options
    const penalty = await this.#penaltyOf(price)
    const taken = { penalty }
    const others = [...this.#admitted].reduce((sum, other) => sum + other.penalty, 0n)
    this.#admitted.add(taken)
    const release = () => void this.#admitted.delete(taken)
    try {
      let open = others
      for (const { answer, refused } of journal.unsettled())
        if (!refused && answer.signed.receipt.level === ZK_LEVEL) open += await this.#penaltyOf(answer.signed.receipt.price)
      const bond = view.standing?.bond ?? 0n
      const refusal = await view.heldRefusal(modelId, bond > open ? bond - open : 0n, price)
      if (refusal !== ZERO_SELECTOR) throw refused(refusal)
      return release
    } catch (error) {
      release()
      throw error
    }
  }

  async #penaltyOf(price: bigint): Promise<bigint> {
    const known = this.#penalties.get(price)
    if (known !== undefined) return known
    const penalty = await this.#options.view.penaltyOf(price)
    if (this.#penalties.size > 1000) this.#penalties.clear()
    this.#penalties.set(price, penalty)
    return penalty
  }
}

function refused(selector: Hex): OgError {
  const reason = errorName(selector)
  if (reason === 'PenaltyAboveBond')
    return new OgError(
      'NODE_BACKLOG',
      'The bond of this node answers for as many unproved payments as it can. Try again when some are released.',
      {
        details: { retryAfterMs: RETRY_MS },
      },
    )
  return new OgError('NODE_LEVEL_NOT_OFFERED', `A payment for this model at level zk could not be settled: ${reason}.`, {
    details: { reason },
  })
}
