import { createAddressFromString, type Address as EvmAddress, hexToBytes } from '@ethereumjs/util'
import type { Address } from '@opengradient/protocol'
import type { AccountOverride } from '../chain.ts'
import { EMPTY_CODE_HASH, NEW_ACCOUNT, sameBytes } from '../state/account.ts'
import { Overlay } from '../state/overlay.ts'
import { byteKey } from '../state/store.ts'

/** What code begins with when an account has lent itself to a contract (EIP-7702). */
const DELEGATED = Uint8Array.of(0xef, 0x01, 0x00)

/** The state of a call that is not kept: takes overrides, and lets contracts be senders. */
export class CallState extends Overlay {
  #waived: string | undefined

  /**
   * Lets `sender` send the next message even if it has code. EIP-3607 forbids that to transactions, whereas calls may be made as any
   * account. EthereumJS asks for the sender's code exactly once before it runs anything; that question is answered with a delegation,
   * whose senders it accepts.
   */
  allowSender(sender: EvmAddress): void {
    const { codeHash } = this.record(sender.bytes) ?? NEW_ACCOUNT
    this.#waived = sameBytes(codeHash, EMPTY_CODE_HASH) ? undefined : byteKey(sender.bytes)
  }

  override async getCode(address: EvmAddress): Promise<Uint8Array> {
    if (this.#waived !== undefined && this.#waived === byteKey(address.bytes)) {
      this.#waived = undefined
      return DELEGATED
    }
    return super.getCode(address)
  }

  /** Applies geth's state overrides. */
  async override(overrides: ReadonlyMap<Address, AccountOverride>): Promise<void> {
    for (const [at, { balance, nonce, code, state, stateDiff }] of overrides) {
      const address = createAddressFromString(at)
      if (balance !== undefined) await this.modifyAccountFields(address, { balance })
      if (nonce !== undefined) await this.modifyAccountFields(address, { nonce })
      if (code) await this.putCode(address, code)
      if (state) await this.clearStorage(address)
      for (const [slot, value] of state ?? stateDiff ?? []) await this.putStorage(address, hexToBytes(slot), hexToBytes(value))
    }
  }
}
