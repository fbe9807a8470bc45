import type { AttestationPolicy } from '@opengradient/attestation'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  dataAddress,
  policySlots,
  type RegistrationRecord,
  registrationSlots,
  revocationsSlot,
  revokedAtSlot,
  standingSlots,
} from '@opengradient/contracts/slots'
import {
  type Address,
  type AttestationEvidence,
  encodeDevelopmentRoots,
  type Hex,
  type Keyset,
  keccak256Hex,
  ZERO_ADDRESS,
} from '@opengradient/protocol'
import type { Actor } from './cast.ts'
import type { Ledger, Wanted } from './ledger.ts'
import { writePolicy, writeRegistration, writeRevocations, writeStanding } from './words.ts'

/** The enclave of an answer, and what the chain holds about it. What is not edited is honest. */
export interface TeeScene {
  trust: 'hardware' | 'development'
  /** The key that signs receipts inside. */
  sign: Actor
  keyset: Keyset
  keysetDigest: Hex
  envelope: AttestationEvidence
  salts: { requestSalt: Hex; responseSalt: Hex }
  /** Roots (DER) that the evidence ends at: the caller's if of hardware, else the network's. */
  roots: Uint8Array[]
  policy: AttestationPolicy
  policyBytes: Uint8Array
  /** Block time at which another policy took the place of this one; 0n: none did. */
  policyUntil: bigint
  registration: RegistrationRecord
  /** Under which digest it is registered. */
  registeredAs: Hex
  leftAt: bigint
  /** Everything that the registration rests on. */
  marks: Hex[]
  /** What was revoked since. */
  revoked: Hex[]
  /** How many marks are revoked in the block of the evidence. */
  revocations: number
}

/** What `Attestations` holds about it. */
export function writeTee(ledger: Ledger, node: Address, tee: TeeScene): void {
  const { policyBytes, policyUntil: until, registeredAs, leftAt, registration } = tee
  writeRegistration(ledger, node, registeredAs, registration)
  writeStanding(ledger, node, { current: registeredAs, leftAt })
  writePolicy(ledger, registration.policy, { data: dataAddress(policyBytes), until, hash: keccak256Hex(policyBytes) })
  const developmentRoots = tee.trust === 'hardware' ? ZERO_ADDRESS : dataAddress(encodeDevelopmentRoots(tee.roots))
  writeRevocations(ledger, { revocations: tee.revocations, developmentRoots }, tee.revoked)
}

/** What a client asks for to prove an enclave. */
export function teeWanted(node: Address, proofRef: Hex, { registration, marks, revocations }: TeeScene): Wanted {
  const slots = [...registrationSlots(node, proofRef), ...standingSlots(node), ...policySlots(registration.policy), revocationsSlot]
  const looked = revocations === registration.revocations ? [] : marks.map(revokedAtSlot)
  return [ADDRESSES.attestations, [...slots, ...looked]]
}
