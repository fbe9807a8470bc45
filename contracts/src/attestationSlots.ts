import { type Address, bytesToHex, concatBytes, type Hex, hexToBytes, keccak256 } from '@opengradient/protocol'
import { ADDRESSES } from './addresses.ts'
import { layout } from './generated/layout.ts'
import { arrayStart, asAddress, base, member, nested, run, toSlot, word } from './storage.ts'

const { variables, structs } = layout.Attestations

/** A keyset of a node: seven slots. */
export function registrationSlots(node: Address, keysetDigest: Hex): Hex[] {
  return run(nested(base(variables._registrations), BigInt(node), BigInt(keysetDigest)), 7)
}

/** The digest of the keyset of a node whose receipt key this is, as the word itself; 0n: none. */
export function keysetOfSlot(node: Address, signer: Address): Hex {
  return toSlot(nested(base(variables._keysetOf), BigInt(node), BigInt(signer)))
}

/** A keyset as it was registered; `from` 0: never. Times are unix seconds. See `IAttestations.Registration`. */
export interface RegistrationRecord {
  signer: Address
  from: bigint
  /** 1 tee, 129 development tee. */
  level: number
  /** Index in `TCB_STATUSES` of `@opengradient/attestation`. */
  tcbStatus: number
  notBefore: bigint
  /** Exclusive, unless something ends it sooner. */
  until: bigint
  evaluation: number
  /** Number of the policy that it was judged by, from 1. */
  policy: number
  /** How many marks were revoked by then. */
  revocations: number
  measurement: Hex
  mainMeasurement: Hex
  platformId: Hex
  evidenceHash: Hex
  /** Account whose code is a zero byte and the marks: 32 bytes each. */
  marks: Address
}

export function decodeRegistration(words: readonly bigint[]): RegistrationRecord {
  const at = structs.Registration
  const read = (name: keyof typeof at): bigint => member(words[at[name].slot] ?? 0n, at[name])
  return {
    signer: asAddress(read('signer')),
    from: read('from'),
    level: Number(read('level')),
    tcbStatus: Number(read('tcbStatus')),
    notBefore: read('notBefore'),
    until: read('until'),
    evaluation: Number(read('evaluation')),
    policy: Number(read('policy')),
    revocations: Number(read('revocations')),
    measurement: toSlot(read('measurement')),
    mainMeasurement: toSlot(read('mainMeasurement')),
    platformId: toSlot(read('platformId')),
    evidenceHash: toSlot(read('evidenceHash')),
    marks: asAddress(read('marks')),
  }
}

/** Which keyset of a node is the last one, and when it ended all: two slots. */
export function standingSlots(node: Address): Hex[] {
  return run(nested(base(variables._standings), BigInt(node)), 2)
}

/** `current` zero: none; `leftAt` 0: never. */
export function decodeStanding([current = 0n, leftAt = 0n]: readonly bigint[]): { current: Hex; leftAt: bigint } {
  return { current: toSlot(current), leftAt: member(leftAt, structs.Standing.leftAt) }
}

/** How many keysets of a node are not over, as the word itself; some that are over may still be counted. */
export function unexpiredCountSlot(node: Address): Hex {
  return toSlot(nested(base(variables._unexpired), BigInt(node)))
}

/** Digests of `count` keysets of a node that are not over, as the words themselves. */
export function unexpiredSlots(node: Address, count: number): Hex[] {
  return count === 0 ? [] : run(arrayStart(nested(base(variables._unexpired), BigInt(node))), count)
}

/** The number of policies, as the word itself: the last is in force. */
export const policyCountSlot: Hex = toSlot(base(variables._policies))

/** Policy `number` (from 1): two slots. */
export function policySlots(number: number): Hex[] {
  return run(arrayStart(base(variables._policies)) + BigInt(number - 1) * 2n, 2)
}

/** `data`: account whose code is a zero byte and the canonical JSON; `until` 0: in force; `hash`: keccak256 of the JSON. */
export function decodePolicy([head = 0n, hash = 0n]: readonly bigint[]): { data: Address; until: bigint; hash: Hex } {
  return { data: asAddress(member(head, structs.Policy.data)), until: member(head, structs.Policy.until), hash: toSlot(hash) }
}

/** When a mark was revoked, as the word itself; 0n: it was not. */
export function revokedAtSlot(mark: Hex): Hex {
  return toSlot(nested(base(variables.revokedAt), BigInt(mark)))
}

/** How many marks were revoked, and where the development roots are: one slot. */
export const revocationsSlot: Hex = toSlot(base(variables.revocations))

/** `developmentRoots`: account whose code is a zero byte and `abi.encode(bytes[])` of certificates; zero on networks that know none. */
export function decodeRevocations(word: bigint): { revocations: number; developmentRoots: Address } {
  return {
    revocations: Number(member(word, variables.revocations)),
    developmentRoots: asAddress(member(word, variables._developmentRoots)),
  }
}

/** What a vendor published, by its key: two slots. */
export function collateralSlots(key: Hex): Hex[] {
  return run(nested(base(variables._collateral), BigInt(key)), 2)
}

/** See `IAttestations.Collateral`; `thisUpdate` 0: nobody brought it. */
export interface CollateralRecord {
  number: bigint
  thisUpdate: bigint
  /** Number in `COLLATERAL_KINDS`. */
  kind: number
  inPieces: boolean
  /** Account whose code is a zero byte and `encodeCollateral`, or the addresses (20 bytes each) of accounts with its pieces. */
  data: Address
  nextUpdate: bigint
}

export function decodeCollateral([head = 0n, rest = 0n]: readonly bigint[]): CollateralRecord {
  const at = structs.Collateral
  return {
    number: member(head, at.number),
    thisUpdate: member(head, at.thisUpdate),
    kind: Number(member(head, at.kind)),
    inPieces: member(head, at.inPieces) !== 0n,
    data: asAddress(member(rest, at.data)),
    nextUpdate: member(rest, at.nextUpdate),
  }
}

/** Creation code that returns everything behind itself; see `Data.sol`. */
const DATA_PREFIX = hexToBytes('0x600b5981380380925939f300')

/** The name by which `Attestations.postKept` knows a piece that it keeps. */
export const dataName = (content: Uint8Array): Hex => bytesToHex(keccak256(concatBytes(DATA_PREFIX, content)))

/** The account whose code is a zero byte and this content, if `Attestations` keeps it. The address vouches for the content: no proof of the code is needed. */
export function dataAddress(content: Uint8Array): Address {
  const creation = hexToBytes(dataName(content))
  const hash = keccak256(concatBytes(Uint8Array.of(0xff), hexToBytes(ADDRESSES.attestations), word(0n), creation))
  return bytesToHex(hash.subarray(12))
}
