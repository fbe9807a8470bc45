import { type Account, type AccountEvidence, type Address, accountAt, type Hex, isOgError, storageAt } from '@opengradient/protocol'
import { absent, fail, once, Stop } from './outcome.ts'

/** Storage of contracts in one block, as far as a bundle proves it. */
export interface State {
  /** The word in a slot. Stops with absent if the bundle has no proof for it, with `STATE_PROOF_INVALID` if the proof is wrong. */
  word(address: Address, slot: Hex): bigint
  /** Whether the bundle offers a proof for the slot; it may still be wrong. */
  offers(address: Address, slot: Hex): boolean
}

/** Reads through the proofs under `stateRoot`. Only what is asked for is checked, so the work is bounded by the checks. */
export function readState(stateRoot: Hex, accounts: readonly AccountEvidence[]): State {
  const byAddress = new Map(accounts.map((evidence) => [evidence.address, openAccount(stateRoot, evidence)]))
  return {
    word(address, slot) {
      const account = byAddress.get(address)
      const proof = account?.slots.get(slot)
      if (account === undefined || proof === undefined) throw new Stop(absent('state.missing'))
      return proven(() => {
        const found = account.open()
        return found === undefined ? 0n : BigInt(storageAt(found.storageRoot, slot, proof))
      })
    },
    offers: (address, slot) => byAddress.get(address)?.slots.has(slot) ?? false,
  }
}

interface OpenAccount {
  readonly open: () => Account | undefined
  readonly slots: ReadonlyMap<Hex, readonly Hex[]>
}

function openAccount(stateRoot: Hex, { address, proof, storage }: AccountEvidence): OpenAccount {
  return {
    open: once(() => accountAt(stateRoot, address, proof)),
    slots: new Map(storage.map(({ slot, proof }) => [slot, proof])),
  }
}

function proven<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (!isOgError(error)) throw error
    throw new Stop(fail('STATE_PROOF_INVALID', { reason: error.message }))
  }
}
