import type { Hex } from '@opengradient/protocol'

/** Whether one validator signed the block before. */
export interface Vote {
  /** CometBFT's address of the consensus key, 20 bytes. */
  readonly validator: Hex
  /** Whole OPG. */
  readonly power: bigint
  readonly signed: boolean
}

/** Evidence that consensus has checked: two signed blocks of one height, or a forged header for a light client. */
export interface Misbehaviour {
  readonly kind: 'doubleSign' | 'lightClientAttack'
  /** CometBFT's address of the consensus key, 20 bytes. */
  readonly validator: Hex
  /** Of the infraction. */
  readonly height: bigint
}

/** What consensus tells a block about its validators; the block's start passes it on to `Staking`. */
export interface ConsensusReport {
  readonly votes: readonly Vote[]
  readonly misbehaviour: readonly Misbehaviour[]
}

/** The report of a network with one embedded validator, and of the first block of any other. */
export const NOTHING_REPORTED: ConsensusReport = { votes: [], misbehaviour: [] }

/** A change of the validator set. */
export interface ValidatorUpdate {
  /** Ed25519, 32 bytes, or compressed secp256k1, 33 bytes. */
  readonly key: Uint8Array
  /** Whole OPG; 0 removes the key. */
  readonly power: bigint
}
