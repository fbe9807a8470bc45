import { OgError } from '@opengradient/protocol'

/** A number of at most 64 bits in an RPC's answer. @throws OgError `RPC_LIED` */
export function number(value: unknown, field: string): bigint {
  if (typeof value === 'string' && /^0x[0-9a-f]{1,16}$/.test(value)) return BigInt(value)
  throw new OgError('RPC_LIED', `the RPC gave no number for ${field}`)
}
