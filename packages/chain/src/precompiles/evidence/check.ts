import { nobleCheck, rememberingCheck, type SignatureCheck } from '@opengradient/attestation'
import type { Meter } from '../meter.ts'
import { PRICES } from './prices.ts'

/** Of authorities' valid signatures each is computed once: they come with the evidence of every machine, and again with every call that proposes one. */
const check = rememberingCheck(nobleCheck)

/**
 * Signatures in plain JavaScript, each paid for before it is checked: the one implementation that is the same on every machine. What was
 * computed before costs the same gas. What is thrown when gas ends is swallowed by the verifier, so whoever uses it asks the meter afterwards.
 */
export function meteredCheck(meter: Meter): SignatureCheck {
  return async (claim) => {
    const { key, message } = claim
    meter.charge(message.length, PRICES.messageByte)
    if (key.kind === 'ec') meter.charge(1, PRICES.signature[key.curve])
    else meter.charge(Math.ceil(key.modulus.length / 8) ** 2, PRICES.rsaWordSquared)
    return check(claim)
  }
}
