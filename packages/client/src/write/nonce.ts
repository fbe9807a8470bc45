import { type Address, bytesToHex, type Hex, isOgError, keccak256, OgError } from '@opengradient/protocol'
import { parseTransaction, recoverTransactionAddress, type TransactionSerialized } from 'viem'
import { rawTransaction } from '../chain/outcome.ts'
import type { ChainClient } from '../connect.ts'
import { number } from './number.ts'

/** What a program knows of the transactions of its account. */
export interface OwnTransactions {
  /** The nonce after that of the last one that it gave away. */
  next: number
  /** Those that an RPC said it refused. */
  readonly refused: Set<Hex>
}

/** Transactions that a node holds of one account. */
const MOST_WAITING = 1_024

/** Milliseconds between two looks. */
const PAUSE = 250

/**
 * The nonce of the next transaction of an account. How many were run the state proves. Whatever an RPC counts beyond that, and beyond what this
 * program gave away, it has to show, signed by the account, or be run within `waitMs`: what is signed for a later nonce gets into no block, and an
 * RPC that keeps it can have it run after the same was signed and paid anew.
 *
 * @throws OgError `RPC_LIED`
 */
export async function nextNonce(client: ChainClient, from: Address, own: OwnTransactions, waitMs: number): Promise<number> {
  const deadline = performance.now() + waitMs
  // What was seen waiting may have been run since, and be proven only a block later.
  const seen = new Set<number>()
  for (;;) {
    const [head, told] = await Promise.all([client.head(), client.rpc.call('eth_getTransactionCount', [from, 'pending'])])
    const run = Number((await head.state.account(from))?.nonce ?? 0n)
    const counted = Number(number(told, 'nonce'))
    const known = Math.max(run, own.next)
    if (counted <= known || (await areShown(client, from, own, seen, known, counted))) return Math.max(run, counted)
    if (performance.now() > deadline)
      throw new OgError(
        'RPC_LIED',
        `the RPC says that the next nonce of ${from} is ${counted}; the chain proves ${run}, and the RPC shows no transactions in between. Ask another RPC`,
        { details: { counted, run } },
      )
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
}

/** Whether the RPC has shown transactions that the account has signed with all nonces from `first` to before `end`. */
async function areShown(
  client: ChainClient,
  from: Address,
  own: OwnTransactions,
  seen: Set<number>,
  first: number,
  end: number,
): Promise<boolean> {
  const answer = await client.rpc.call('txpool_contentFrom', [from]).catch(() => undefined)
  const pending = (answer as { pending?: Record<string, unknown> } | undefined)?.pending ?? {}
  let all = true
  for (let nonce = first; nonce < end && nonce < first + MOST_WAITING; nonce++) {
    if (!seen.has(nonce) && (await isOf(client, from, own, nonce, pending[nonce]))) seen.add(nonce)
    all &&= seen.has(nonce)
  }
  return all && end <= first + MOST_WAITING
}

async function isOf(client: ChainClient, from: Address, { refused }: OwnTransactions, nonce: number, told: unknown): Promise<boolean> {
  try {
    const bytes = rawTransaction(told)
    const hash = bytesToHex(keccak256(bytes))
    if (refused.has(hash))
      throw new OgError(
        'RPC_LIED',
        `the RPC holds transaction ${hash} of ${from}, which it said it refused: it may be run. Ask another RPC`,
        {
          details: { hash },
        },
      )
    const serializedTransaction = bytesToHex(bytes) as TransactionSerialized
    const { chainId, nonce: found = 0 } = parseTransaction(serializedTransaction)
    const signer = await recoverTransactionAddress({ serializedTransaction })
    return chainId === client.network.chainId && found === nonce && signer.toLowerCase() === from
  } catch (error) {
    if (isOgError(error, 'RPC_LIED')) throw error
    return false
  }
}
