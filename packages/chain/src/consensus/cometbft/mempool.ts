import { bytesToHex, type Hex, OgError } from '@opengradient/protocol'
import type { TransactionPool } from '../../chain.ts'
import { Share } from '../../share.ts'
import type { AbciApplication } from './application.ts'
import { readBundle } from './bundle.ts'
import type { ResponseOf } from './envelope.ts'
import type { Interlude } from './interlude.ts'
import type { Outbox } from './outbox.ts'

/** `code` of a transaction that the pool does not take, or holds no longer. */
export const REFUSED = 1

export interface MempoolParts {
  readonly pool: TransactionPool
  readonly outbox: Outbox
  readonly interlude: Interlude
  /** What transactions of peers have of this thread; a share of their own unless said. */
  readonly share?: Share | undefined
  readonly height: () => bigint
  readonly keccak: (bytes: Uint8Array) => Uint8Array
}

/**
 * The mempool connection. CometBFT's mempool carries transactions between nodes, alone or in bundles; blocks are made of our pool. What a
 * peer sends enters our pool here, and is passed on if at least half of it is new. After each block CometBFT asks of all it holds whether
 * our pool still does: a bundle stays while that is true of half of it, so CometBFT never holds more than twice the pool and what the pool
 * gave up since the last block. What is of use in a bundle that goes no further goes on alone: everything gets everywhere, once.
 */
export function mempoolMethods({
  pool,
  outbox,
  interlude,
  share = new Share(),
  height,
  keccak,
}: MempoolParts): Pick<AbciApplication, 'checkTx' | 'insertTx' | 'reapTxs'> {
  const hashOf = (raw: Uint8Array): Hex => bytesToHex(keccak(raw))

  async function check(raws: readonly Uint8Array[]): Promise<ResponseOf<'checkTx'>> {
    const fresh = new Set<Hex>()
    let refusal = 'less than half of it is new'
    for (const raw of raws) {
      const hash = hashOf(raw)
      if (outbox.isChecked(hash)) continue
      const problem = pool.get(hash) ? undefined : interlude.over ? BUSY : await share.through(() => interlude.count(() => take(raw, pool)))
      if (problem === undefined) fresh.add(hash)
      else refusal = problem
    }
    if (isHalf(fresh, raws)) {
      for (const hash of fresh) outbox.checked(hash, height())
      return {}
    }
    for (const hash of fresh) outbox.again(hash)
    return { code: REFUSED, log: refusal }
  }

  function recheck(raws: readonly Uint8Array[]): ResponseOf<'checkTx'> {
    const held = new Set(raws.map(hashOf).filter((hash) => pool.get(hash)))
    if (isHalf(held, raws)) {
      // To give it that again, alone, would change nothing.
      if (raws.length === 1) for (const hash of held) outbox.checked(hash, height())
      return {}
    }
    for (const hash of held) outbox.again(hash)
    return { code: REFUSED, log: 'less than half of it is in the pool' }
  }

  return {
    checkTx: ({ tx, type }) => (type === 'recheck' ? recheck(readBundle(tx)) : check(readBundle(tx))),
    // Asked only for a mempool of type `app`, which CometBFT v0.39.3 cannot have over a socket: it does not know its own answers.
    insertTx: () => ({ code: REFUSED }),
    reapTxs: () => ({}),
  }
}

const isHalf = (useful: ReadonlySet<Hex>, raws: readonly Uint8Array[]): boolean => useful.size > 0 && 2 * useful.size >= raws.length

/** Others have it, and may put it in a block; it comes again with a block of theirs, or from who sent it. */
const BUSY = 'a block waits to be stored, and enough was done for transactions meanwhile'

/** Puts a transaction in the pool; answers why the pool does not take it. */
async function take(raw: Uint8Array, pool: TransactionPool): Promise<string | undefined> {
  try {
    await pool.add(raw)
    return undefined
  } catch (error) {
    if (error instanceof OgError && error.code === 'CHAIN_TX_REJECTED') return error.message
    throw error
  }
}
