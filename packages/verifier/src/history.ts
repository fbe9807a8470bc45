import { ADDRESSES } from '@opengradient/contracts/addresses'
import { historyCountSlot, historyPeakSlot } from '@opengradient/contracts/slots'
import {
  accountAt,
  type Header,
  type Hex,
  type HistoryProof,
  historyLeaf,
  OgError,
  peakFromPath,
  placeOf,
  type SlotEvidence,
  storageAt,
} from '@opengradient/protocol'

/**
 * Throws `HISTORY_PROOF_INVALID` (or what the proofs throw) unless the `History` contract in the state of `newer` holds the
 * hash of `old` at its height: then whoever trusts `newer` trusts `old`.
 */
export function checkHistory(old: Header, newer: Header, proof: HistoryProof): void {
  const root = accountAt(newer.stateRoot, ADDRESSES.history, proof.account)?.storageRoot
  if (root === undefined) throw invalid(`block ${newer.number} has no History contract`)
  const height = BigInt(old.number)
  const count = BigInt(word(root, historyCountSlot, proof.count))
  const peak = word(root, historyPeakSlot(placeOf(height, count).peak), proof.peak)
  if (peakFromPath(historyLeaf(height, old.hash), height, count, proof.path) !== peak) {
    throw invalid(`block ${old.number} with hash ${old.hash} is not an ancestor of block ${newer.number}`)
  }
}

function word(root: Hex, expected: Hex, { slot, proof }: SlotEvidence): Hex {
  if (slot !== expected) throw invalid(`slot ${slot} was proved where ${expected} is needed`)
  return storageAt(root, slot, proof)
}

function invalid(problem: string): OgError {
  return new OgError('HISTORY_PROOF_INVALID', `History: ${problem}.`)
}
