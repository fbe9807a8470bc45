import { concatBytes, hexToBytes, TEE_CODES, type TeeCode, uintBytes } from '@opengradient/protocol'

type Word = bigint | number | `0x${string}`

/** A word of the ABI. */
function word(value: Word): Uint8Array {
  return uintBytes(BigInt(value), 32)
}

/**
 * ABI encoding of one struct of words and lists of words, as Solidity decodes it. The same members as in `contracts/sol/EvidenceCalls.sol`, in
 * their order.
 */
function encodeStruct(members: readonly (Word | readonly Word[])[]): Uint8Array {
  const head: Uint8Array[] = []
  const tail: Uint8Array[] = []
  let offset = 32 * members.length
  for (const member of members) {
    if (typeof member !== 'object') {
      head.push(word(member))
      continue
    }
    head.push(word(offset))
    tail.push(word(member.length), ...member.map(word))
    offset += 32 * (1 + member.length)
  }
  return concatBytes(word(32), ...head, ...tail)
}

/** Accepted evidence, in the order of the struct `Appraised` behind `code`. */
export interface Accepted {
  /** 1 tee, 129 development tee. */
  readonly level: number
  readonly keysetDigest: `0x${string}`
  readonly signer: `0x${string}`
  readonly notBefore: bigint
  readonly until: bigint
  readonly measurement: `0x${string}`
  readonly mainMeasurement: `0x${string}`
  readonly platformId: `0x${string}`
  readonly tcbStatus: number
  readonly evaluation: number
  readonly marks: readonly `0x${string}`[]
  readonly collateral: readonly `0x${string}`[]
  readonly updates: readonly number[]
  readonly numbers: readonly bigint[]
}

/** What it answers to `appraise`: everything, or why not. */
export function appraised(result: Accepted | TeeCode): Uint8Array {
  if (typeof result === 'string') return encodeStruct([TEE_CODES[result], ...Array<Word>(10).fill(0), [], [], [], []])
  const { level, keysetDigest, signer, notBefore, until, measurement, mainMeasurement, platformId, tcbStatus, evaluation } = result
  const words = [level, keysetDigest, signer, notBefore, until, measurement, mainMeasurement, platformId, tcbStatus, evaluation]
  return encodeStruct([TEE_CODES.ACCEPTED, ...words, result.marks, result.collateral, result.updates, result.numbers])
}

/** Genuine collateral, in the order of the struct `Authenticated` behind `code`. */
export interface Authentic {
  readonly key: `0x${string}`
  readonly kind: number
  readonly number: bigint
  readonly thisUpdate: number
  readonly nextUpdate: number
  readonly marks: readonly `0x${string}`[]
}

/** What it answers to `authenticate`. */
export function authenticated(result: Authentic | TeeCode): Uint8Array {
  if (typeof result === 'string') return encodeStruct([TEE_CODES[result], 0, 0, 0, 0, 0, []])
  const { key, kind, number, thisUpdate, nextUpdate, marks } = result
  return encodeStruct([TEE_CODES.ACCEPTED, key, kind, number, thisUpdate, nextUpdate, marks])
}

/** The issuer of a list that names all serials, or zero. */
export const listed = (issuer: `0x${string}` | undefined): Uint8Array => (issuer === undefined ? word(0) : hexToBytes(issuer))

/** Yes or no. */
export const truth = (value: boolean): Uint8Array => word(value ? 1 : 0)
