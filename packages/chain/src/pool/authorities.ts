import type { Address, Hex } from '@opengradient/protocol'
import type { Authority } from '../chain.ts'

/** Whose code the transactions of a pool may set (EIP-7702). */
export class Authorities {
  /** By authority and transaction: the highest nonce that an authorization of the one in the other names. */
  readonly #nonces = new Map<Address, Map<Hex, bigint>>()
  readonly #named = new Map<Hex, readonly Address[]>()

  add(transaction: Hex, authorities: readonly Authority[]): void {
    if (authorities.length === 0) return
    for (const { address, nonce } of authorities) {
      const nonces = this.#nonces.get(address) ?? new Map<Hex, bigint>()
      if (nonce > (nonces.get(transaction) ?? -1n)) nonces.set(transaction, nonce)
      this.#nonces.set(address, nonces)
    }
    this.#named.set(transaction, [...new Set(authorities.map(({ address }) => address))])
  }

  remove(transaction: Hex): void {
    for (const address of this.#named.get(transaction) ?? []) {
      const nonces = this.#nonces.get(address)!
      nonces.delete(transaction)
      if (nonces.size === 0) this.#nonces.delete(address)
    }
    this.#named.delete(transaction)
  }

  /** Whether one of the transactions may still set the code of this account, whose nonce in the state this is. */
  mayLend(address: Address, nonce: bigint): boolean {
    for (const named of this.#nonces.get(address)?.values() ?? []) if (named >= nonce) return true
    return false
  }
}
