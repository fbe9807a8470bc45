import { nobleCheck, type SignatureCheck } from '@opengradient/attestation'
import type { Meter } from '../meter.ts'
import { PRICES } from './prices.ts'

/**
 * Signatures in plain JavaScript, each paid for before it is checked: the one implementation that is the same on every machine. What it throws
 * when gas ends is swallowed by the verifier, so whoever uses it asks the meter afterwards.
 */
export function meteredCheck(meter: Meter): SignatureCheck {
  return async (claim) => {
    const { key, message } = claim
    meter.charge(message.length, PRICES.messageByte)
    if (key.kind === 'ec') meter.charge(1, PRICES.signature[key.curve])
    else meter.charge(Math.ceil(key.modulus.length / 8) ** 2, PRICES.rsaWordSquared)
    return nobleCheck(claim)
  }
}
