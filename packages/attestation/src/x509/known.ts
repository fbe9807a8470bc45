import { type Certificate, readCertificate } from './certificate.ts'

const seen = new WeakMap<Uint8Array, Certificate>()

/** A certificate of the caller's own trust, which is the same object every time: read once. Never for what came with the evidence. */
export function readKnown(der: Uint8Array): Certificate {
  const found = seen.get(der) ?? readCertificate(der)
  seen.set(der, found)
  return found
}
