import type { Hex } from '@opengradient/protocol'
import { PLATFORMS, SNP_FAMILIES, TCB_STATUSES } from '../result/claims.ts'
import { aMap, type Form, hex, oneOf, text, whole, wrong } from './form.ts'

/**
 * Members that a slip would weaken without a word: what they say would be compared with something that no evidence holds, or be met by
 * everything.
 */

/** Levels that a policy may accept. Of the other three nobody knows, or the vendor says, that the machine keeps no secret. */
export const ACCEPTABLE = TCB_STATUSES.filter((status) => status !== 'Unknown' && status !== 'Revoked' && status !== 'Unsupported')

export const status = oneOf(ACCEPTABLE)

/** A family by the name that evidence gives it: `Milan`, `GH100`. Any other name would deny nothing. */
export const family: Form<string> = (value, at) => {
  const known = typeof value === 'string' && (SNP_FAMILIES.some((name) => name === value) || /^G[A-Z]\d{3}[A-Z]?$/.test(value))
  return known ? (value as string) : wrong(at, `${SNP_FAMILIES.join(', ')} or a family of GPUs such as GH100`)
}

/** Least versions; without any the entry would be met by every machine. A part that may have any version is named with 0. */
const versions: Form<Record<string, number>> = (value, at) => {
  const read = aMap(64, whole)(value, at)
  return Object.keys(read).length > 0 ? read : wrong(at, 'the least version of at least one part, 0 for any')
}

/** Least versions by family or platform. Any other name would ask for nothing, and so would GPUs, which state no versions. */
export const leastVersions: Form<Record<string, Record<string, number>>> = (value, at) => {
  const read = aMap(64, versions)(value, at)
  for (const name of Object.keys(read))
    oneOf([...SNP_FAMILIES, ...PLATFORMS.filter((platform) => platform !== 'nvidia-gpu')])(name, `${at}.${name}`)
  return read
}

/** A digest of code: the shortest is SHA-1. */
export const codeDigest = hex(64, 20)

/** A serial number as `UsedCertificate` has it. With zeros before it, it would be equal to none. */
export const serial: Form<Hex> = (value, at) => {
  const read = hex(32)(value, at)
  return read.startsWith('0x00') ? wrong(at, 'a serial number without leading zeros') : read
}

/** Unix seconds before the year 2242: milliseconds would never come. */
export const moment = upTo(2 ** 33 - 1, 'Unix seconds')
/** Seconds, at most a day. */
export const seconds = upTo(86_400, 'seconds, at most a day (86400)')
/** Seconds, at most a year. */
export const lifetime = upTo(31_622_400, 'seconds, at most a year (31622400)')
export const days = upTo(3660, 'days, at most 3660')
/** Of SNP there are four. */
export const privilege = upTo(3, '0 to 3')

function upTo(most: number, what: string): Form<number> {
  return (value, at) => {
    const read = whole(value, at)
    return read <= most ? read : wrong(at, what)
  }
}

/** Names of versions; the empty one would be that of what names none. */
export const version: Form<string> = (value, at) => text(64)(value, at) || wrong(at, 'a version')
