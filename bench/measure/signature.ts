import { createRequire } from 'node:module'

type Secp256k1 = Pick<typeof import('secp256k1'), 'ecdsaSign'>

const SIGNATURES = 400

/**
 * CPU that one signature with npm's `secp256k1` takes at this moment, µs: a yardstick for how fast the machine is while its neighbours work,
 * whichever library signs receipts. Where the limits were set it took 28 µs.
 */
export function signatureUs(): number {
  const { ecdsaSign } = createRequire(import.meta.url)('secp256k1/bindings.js') as Secp256k1
  const key = new Uint8Array(32).fill(7)
  const digest = new Uint8Array(32)
  const before = process.cpuUsage()
  for (let i = 0; i < SIGNATURES; i++) {
    digest[0] = i
    ecdsaSign(digest, key, undefined, new Uint8Array(64))
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / SIGNATURES
}

/** What `signatureUs` gave where the limits were set. */
export const REFERENCE_SIGNATURE_US = 28

/**
 * A ratio of CPU on a model of 1 ms as it is where the limits were set, about: the model takes 1 ms on every machine, all else in proportion to a
 * signature, so that a slow machine shows a higher ratio for the same work.
 * @param usual µs of the request that is compared with
 * @param more µs that the other takes more
 * @param signature µs of a signature meanwhile
 */
export function ratioThere(usual: number, more: number, signature: number): number {
  const faster = REFERENCE_SIGNATURE_US / signature
  return 1 + (more * faster) / (MODEL_US + Math.max(0, usual - MODEL_US) * faster)
}

const MODEL_US = 1_000
