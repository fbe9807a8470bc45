import { type Address, OgError, opg } from '@opengradient/protocol'

/** OPG as a person writes it ("0.01") in wei. Throws `USAGE` naming the option. */
export function parseOpg(text: string, what: string): bigint {
  try {
    return opg(text.trim())
  } catch (cause) {
    throw new OgError('USAGE', `${what}: ${(cause as OgError).message}`, { cause })
  }
}

/** "5%" or "5" in basis points. Throws `USAGE` naming the option and its limit. */
export function parsePercent(text: string, what: string, maxBps: number): number {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?%?$/.exec(text.trim())
  const bps = match ? Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')) : Number.NaN
  if (!(bps <= maxBps)) throw new OgError('USAGE', `${what}: "${text}" is not a percentage from 0 to ${maxBps / 100} (such as 5%)`)
  return bps
}

/** A positive whole number of an option. */
export function parseWhole(text: unknown, what: string, max: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw new OgError('USAGE', `${what}: "${String(text)}" is not a whole number from 1 to ${max}`)
  return value
}

/** An Ethereum address, in lower case. */
export function parseAddressArgument(text: string, what = 'address'): Address {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new OgError('USAGE', `${what}: "${text}" is not an address (0x and 40 hex digits)`)
  return text.toLowerCase() as Address
}
