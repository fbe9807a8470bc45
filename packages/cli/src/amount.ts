import { type Address, bytesToHex, formatOpg, keccak256, OgError, opg, utf8 } from '@opengradient/protocol'

/** OPG as a person writes it ("0.01") in wei. Throws `USAGE` naming the option. */
export function parseOpg(text: string, what: string): bigint {
  try {
    return opg(text.trim())
  } catch (cause) {
    throw new OgError('USAGE', `${what}: ${(cause as OgError).message}`, { cause })
  }
}

/** OPG to be paid, in wei: no more than there are. Throws `USAGE` naming the option. */
export function parsePrice(text: string, what: string): bigint {
  const wei = parseOpg(text, what)
  if (wei > ALL) throw new OgError('USAGE', `${what}: there are ${formatOpg(ALL, { thousands: ',' })} OPG; nobody has ${text.trim()}`)
  return wei
}

const ALL = opg('1000000000')
const GWEI = 10n ** 9n

/** Gwei as a person writes it ("0.1") in wei. Throws `USAGE` naming the option. */
export function parseGwei(text: string, what: string): bigint {
  const value = /^\d{1,9}(?:\.\d{1,9})?$/.test(text.trim()) ? opg(text.trim()) : undefined
  if (value === undefined)
    throw new OgError('USAGE', `${what}: "${text}" is not an amount in gwei (such as 0.1), nine digits after the point at most`)
  return value / GWEI
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
  const value = /^\d{1,16}$/.test(String(text)) ? Number(text) : Number.NaN
  if (!(value >= 1 && value <= max)) throw new OgError('USAGE', `${what}: "${String(text)}" is not a whole number from 1 to ${max}`)
  return value
}

/** An Ethereum address, in lower case. Upper and lower case together are a checksum (EIP-55), which has to be right. */
export function parseAddressArgument(text: string, what = 'address'): Address {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new OgError('USAGE', `${what}: "${text}" is not an address (0x and 40 hex digits)`)
  const address = text.toLowerCase() as Address
  const plain = text === address || text.slice(2) === address.slice(2).toUpperCase()
  if (plain || text === checksummed(address)) return address
  throw new OgError('USAGE', `${what}: "${text}" is mistyped: its upper and lower case letters (EIP-55) do not fit its digits`)
}

function checksummed(address: Address): string {
  const hash = bytesToHex(keccak256(utf8(address.slice(2))))
  return address.replace(/[a-f]/g, (digit, at: number) => (Number.parseInt(hash.charAt(at), 16) >= 8 ? digit.toUpperCase() : digit))
}
