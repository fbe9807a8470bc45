import { type Account, type AccountEvidence, type Address, accountAt, type Hex, type SlotEvidence, storageAt } from '@opengradient/protocol'
import { absent, fail, once, reasonOf, Stop } from './outcome.ts'

/** Storage of contracts in one block, as far as a bundle proves it. */
export interface State {
  /** The word in a slot. Stops with absent if the bundle has no proof for it, with `STATE_PROOF_INVALID` if the proof is wrong. */
  word(address: Address, slot: Hex): bigint
  /** Whether the bundle offers a proof for the slot; it may still be wrong. */
  offers(address: Address, slot: Hex): boolean
}

/** Reads through the proofs under `stateRoot`. Only what is asked for is checked, so the work is bounded by the checks. */
export function readState(stateRoot: Hex, accounts: readonly AccountEvidence[]): State {
  const readers = new Map(accounts.flatMap((evidence) => readersOf(stateRoot, evidence)))
  return {
    word(address, slot) {
      const read = readers.get(`${address} ${slot}`)
      if (read === undefined) throw new Stop(absent('state.missing'))
      try {
        return read()
      } catch (error) {
        throw new Stop(fail('STATE_PROOF_INVALID', { reason: reasonOf(error) }))
      }
    },
    offers: (address, slot) => readers.has(`${address} ${slot}`),
  }
}

/** For each slot that the evidence holds, how to read and prove it; the account is proven once. */
function readersOf(stateRoot: Hex, { address, proof, storage }: AccountEvidence): [place: string, read: () => bigint][] {
  const account = once(() => accountAt(stateRoot, address, proof))
  return storage.map((evidence) => [`${address} ${evidence.slot}`, once(() => wordAt(account(), evidence))])
}

/** Where there is no account, nothing is stored. */
function wordAt(account: Account | undefined, { slot, proof }: SlotEvidence): bigint {
  return account === undefined ? 0n : BigInt(storageAt(account.storageRoot, slot, proof))
}
