import { bytesToHex, OgError } from '@opengradient/protocol'
import type { TransactionPool } from '../../chain.ts'
import type { AbciApplication } from './application.ts'
import type { Outbox } from './outbox.ts'

/** `code` of a transaction that the pool does not take, or holds no longer. */
export const REFUSED = 1

export interface MempoolParts {
  readonly pool: TransactionPool
  readonly outbox: Outbox
  readonly height: () => bigint
  readonly keccak: (bytes: Uint8Array) => Uint8Array
}

/**
 * The mempool connection. CometBFT's mempool carries transactions between nodes; blocks are made of our pool. What a peer sends enters our
 * pool here, or is not passed on. After each block CometBFT asks of all it holds whether our pool still does, so what was replaced, given up
 * or included leaves both, and CometBFT never holds more than the pool and what it gave up since the last block.
 */
export function mempoolMethods({ pool, outbox, height, keccak }: MempoolParts): Pick<AbciApplication, 'checkTx' | 'insertTx' | 'reapTxs'> {
  return {
    checkTx: async ({ tx, type }) => {
      const hash = bytesToHex(keccak(tx))
      const held = pool.get(hash) !== undefined
      if (type === 'recheck') return held ? {} : { code: REFUSED, log: 'it is no longer in the pool' }
      try {
        if (!held) await pool.add(tx)
        outbox.delivered(hash, height())
        return {}
      } catch (error) {
        if (error instanceof OgError && error.code === 'CHAIN_TX_REJECTED') return { code: REFUSED, log: error.message }
        throw error
      }
    },
    // Asked only for a mempool of type `app`, which CometBFT v0.39.3 cannot have over a socket: it does not know its own answers.
    insertTx: () => ({ code: REFUSED }),
    reapTxs: () => ({}),
  }
}
