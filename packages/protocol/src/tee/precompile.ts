import { bytesToUint, concatBytes, uintBytes } from '../bytes/bytes.ts'
import { type Address, bytesToHex } from '../bytes/hex.ts'
import { OgError } from '../error/error.ts'
import { MAX_EVIDENCE_INPUT } from './input.ts'
import { decodeList, decodeStrings, encodeList, encodeStrings } from './strings.ts'

/** What the precompile 0x0900 can be asked, by the first byte of its input. */
const EVIDENCE_CALLS = { appraise: 1, authenticate: 2, listed: 3, policy: 4 } as const

/** Most bytes of its input: evidence, and as much again from the chain. */
export const MAX_EVIDENCE_CALL = 2 * MAX_EVIDENCE_INPUT
/** Most development roots of a network. */
export const MAX_DEVELOPMENT_ROOTS = 16
/** Most pieces of collateral that evidence takes from the chain, and most serials asked for at once. */
export const MAX_POSTED = 16
/** Most serial numbers in one question. */
export const MAX_SERIALS = 256

/** Whether evidence is genuine and meets a policy. */
export interface AppraiseCall {
  readonly call: 'appraise'
  /** Unix seconds. */
  readonly time: number
  readonly chainId: bigint
  readonly node: Address
  /** 32 bytes. */
  readonly nonce: Uint8Array
  /** Canonical JSON of an `AttestationPolicy`. */
  readonly policy: Uint8Array
  /** DER. */
  readonly developmentRoots: readonly Uint8Array[]
  /** `encodeEvidenceInput`. */
  readonly evidence: Uint8Array
  /** `encodeCollateral` each. */
  readonly collateral: readonly Uint8Array[]
}

/** Whether a vendor published something. */
export interface AuthenticateCall {
  readonly call: 'authenticate'
  readonly time: number
  readonly developmentRoots: readonly Uint8Array[]
  readonly collateral: Uint8Array
}

/** Whether a revocation list names all of these serials. */
export interface ListedCall {
  readonly call: 'listed'
  readonly collateral: Uint8Array
  readonly serials: readonly bigint[]
}

/** Whether these bytes are a policy in canonical JSON. */
export interface PolicyCall {
  readonly call: 'policy'
  readonly policy: Uint8Array
}

/** A question to the precompile 0x0900. */
export type EvidenceCall = AppraiseCall | AuthenticateCall | ListedCall | PolicyCall

/** Input of the precompile: one byte, then as `contracts/sol/EvidenceCalls.sol` encodes it. */
export function encodeEvidenceCall(call: EvidenceCall): Uint8Array {
  return concatBytes(Uint8Array.of(EVIDENCE_CALLS[call.call]), write(call))
}

function write(call: EvidenceCall): Uint8Array {
  switch (call.call) {
    case 'appraise': {
      const node = uintBytes(BigInt(call.node), 32)
      const context = concatBytes(uintBytes(call.time, 32), uintBytes(call.chainId, 32), node, call.nonce)
      return encodeStrings([context, call.policy, encodeList(call.developmentRoots), call.evidence, encodeList(call.collateral)])
    }
    case 'authenticate':
      return encodeStrings([uintBytes(call.time, 32), encodeList(call.developmentRoots), call.collateral])
    case 'listed':
      return encodeStrings([call.collateral, concatBytes(...call.serials.map((serial) => uintBytes(serial, 32)))])
    case 'policy':
      return call.policy
  }
}

/** The inverse for untrusted input, as views of it; what its parts hold is not looked at. Throws `EVIDENCE_CALL_MALFORMED`. */
export function decodeEvidenceCall(input: Uint8Array): EvidenceCall {
  if (input.length > MAX_EVIDENCE_CALL) throw malformed(`${input.length} bytes are more than ${MAX_EVIDENCE_CALL}`)
  const bytes = input.subarray(1)
  switch (input[0]) {
    case EVIDENCE_CALLS.appraise:
      return readAppraise(bytes)
    case EVIDENCE_CALLS.authenticate: {
      const [context, roots, collateral] = strings(bytes, 3) as [Uint8Array, Uint8Array, Uint8Array]
      const [time] = words(context, 1) as [bigint]
      return { call: 'authenticate', time: seconds(time), developmentRoots: list(roots, MAX_DEVELOPMENT_ROOTS), collateral }
    }
    case EVIDENCE_CALLS.listed: {
      const [collateral, packed] = strings(bytes, 2) as [Uint8Array, Uint8Array]
      const count = packed.length / 32
      if (count === 0 || count > MAX_SERIALS) throw malformed(`there are not 1 to ${MAX_SERIALS} serials`)
      return { call: 'listed', collateral, serials: words(packed, count) }
    }
    case EVIDENCE_CALLS.policy:
      return { call: 'policy', policy: bytes }
    default:
      throw malformed('its first byte names no question')
  }
}

function readAppraise(bytes: Uint8Array): AppraiseCall {
  const [context, policy, roots, evidence, posted] = strings(bytes, 5) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  const [time, chainId, node] = words(context, 4) as [bigint, bigint, bigint]
  if (node >= 1n << 160n) throw malformed('the node is no address')
  return {
    call: 'appraise',
    time: seconds(time),
    chainId,
    node: bytesToHex(uintBytes(node, 20)),
    nonce: context.subarray(96),
    policy,
    developmentRoots: list(roots, MAX_DEVELOPMENT_ROOTS),
    evidence,
    collateral: list(posted, MAX_POSTED),
  }
}

function words(bytes: Uint8Array, count: number): bigint[] {
  if (bytes.length !== 32 * count) throw malformed(`${bytes.length} bytes are not ${count} words`)
  return Array.from({ length: count }, (_, i) => bytesToUint(bytes.subarray(32 * i, 32 * i + 32)))
}

function seconds(word: bigint): number {
  if (word >= 1n << 48n) throw malformed('the time is too late')
  return Number(word)
}

const strings = (bytes: Uint8Array, count: number): Uint8Array[] => decodeStrings(bytes, count, malformed)
const list = (bytes: Uint8Array, max: number): Uint8Array[] => decodeList(bytes, max, malformed)

const malformed = (why: string) => new OgError('EVIDENCE_CALL_MALFORMED', `The question to the precompile 0x0900 is malformed: ${why}.`)
