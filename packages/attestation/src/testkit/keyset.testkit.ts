import type { Keyset } from '@opengradient/protocol'
import { NOW } from './ca.testkit.ts'

export const NODE = `0x${'0d'.repeat(20)}` as const
export const MODEL = `0x${'aa'.repeat(32)}` as const
/** Of another model; also what the enclave says that it runs. */
export const OTHER = `0x${'bb'.repeat(32)}` as const
/** What the evidence is asked with. */
export const NONCE = new Uint8Array(32).fill(7)

/** A keyset of one model that began a minute ago and has an hour to go. */
export const KEYSET: Keyset = {
  v: 1,
  chainId: 5n,
  node: NODE,
  notBefore: BigInt(NOW - 60),
  notAfter: BigInt(NOW + 3600),
  sign: `0x${'51'.repeat(20)}`,
  hpke: `0x${'09'.repeat(32)}`,
  modelIds: [MODEL],
  runtimeDigest: OTHER,
}
