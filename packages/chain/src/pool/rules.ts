import type { Address } from '@opengradient/protocol'
import type { SenderAccount } from '../chain.ts'
import type { PoolLimits } from './limits.ts'
import { refuse } from './refusal.ts'
import type { SenderQueue } from './sender.ts'
import type { PoolTransaction } from './transaction.ts'

/**
 * What must hold of a transaction in the state of the head and beside the sender's other transactions. Throws the first
 * rule it breaks; `balance` in wei.
 */
export function checkAgainstState(transaction: PoolTransaction, sender: SenderQueue, balance: bigint, limits: PoolLimits): void {
  const { nonce, maxCost } = transaction
  if (nonce < sender.nonce) throw refuse('nonce_too_low', `nonce too low: next nonce ${sender.nonce}, tx nonce ${nonce}`)
  if (nonce > sender.nextNonce + limits.maxNonceGap) {
    throw refuse('nonce_too_high', `nonce too high: next nonce ${sender.nextNonce}, tx nonce ${nonce}, at most ${limits.maxNonceGap} ahead`)
  }
  const replaced = sender.at(nonce)
  if (replaced) checkReplacement(transaction, replaced, limits.replacementPercent)
  else if (sender.size >= limits.maxPerSender) {
    throw refuse(
      'sender_full',
      `account limit exceeded: ${sender.size} transactions of this sender are waiting, at most ${limits.maxPerSender} may`,
    )
  }
  if (maxCost > balance) {
    throw refuse(
      'funds',
      `insufficient funds for gas * price + value: balance ${balance}, tx cost ${maxCost}, overshot ${maxCost - balance}`,
    )
  }
  const others = sender.maxCost - (replaced?.maxCost ?? 0n)
  if (others + maxCost > balance) {
    const overshot = others + maxCost - balance
    const costs = `queued cost ${others}, tx cost ${maxCost}, overshot ${overshot}`
    throw refuse('funds', `insufficient funds for gas * price + value: balance ${balance}, ${costs}`)
  }
}

/**
 * Whoever makes the code run of an account that has lent itself can spend its money or its nonces (EIP-7702), and so make all that waits of it
 * impossible with one transaction. So little may wait, and nothing behind a gap, as with geth and reth.
 */
export function checkLent({ nonce }: PoolTransaction, sender: SenderQueue, { maxPerLent }: PoolLimits): void {
  if (sender.at(nonce) || nonce - sender.nonce < maxPerLent) return
  const why = sender.at(sender.nonce)
    ? 'in-flight transaction limit reached for delegated accounts'
    : 'gapped-nonce tx from delegated accounts'
  const remedy = `the account has code of another (EIP-7702) or is about to, and only nonces below ${sender.nonce + maxPerLent} may wait; wait for a block`
  throw refuse('sender_lent', `${why}: tx nonce ${nonce}; ${remedy}`)
}

/** Nor may more wait of an account before somebody brings its authorization. */
export function checkAuthority(authority: Address, waiting: number, { maxPerLent }: PoolLimits): void {
  if (BigInt(waiting) <= maxPerLent) return
  throw refuse(
    'authority_reserved',
    `authority already reserved: ${waiting} transactions of ${authority} are waiting, at most ${maxPerLent} may when its code is to be set (EIP-7702); wait until they are in blocks`,
  )
}

/** A replacement must offer more of both fees, so that re-sending cannot be used to flood the network for nothing. */
function checkReplacement(transaction: PoolTransaction, replaced: PoolTransaction, percent: bigint): void {
  const enough = (offered: bigint, before: bigint) => offered > before && offered * 100n >= before * (100n + percent)
  if (enough(transaction.maxFeePerGas, replaced.maxFeePerGas) && enough(transaction.maxPriorityFeePerGas, replaced.maxPriorityFeePerGas))
    return
  throw refuse(
    'underpriced',
    `replacement transaction underpriced: nonce ${transaction.nonce} is taken by ${replaced.hash}; raise maxFeePerGas and maxPriorityFeePerGas by at least ${percent} %`,
    { replaces: replaced.hash },
  )
}

/** The account of an address that the state does not know. */
export const NO_ACCOUNT: SenderAccount = { nonce: 0n, balance: 0n, code: new Uint8Array() }

/** Only keys send transactions: an account with code may not, unless the code is an EIP-7702 delegation (EIP-3607). */
export function checkSender(sender: Address, { code }: SenderAccount): void {
  if (code.length === 0 || isDelegation(code)) return
  throw refuse('sender_is_contract', `sender not an eoa: ${sender} holds a contract`)
}

export const isDelegation = (code: Uint8Array): boolean => code.length === 23 && code[0] === 0xef && code[1] === 0x01 && code[2] === 0x00
