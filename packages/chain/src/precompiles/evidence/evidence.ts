import type { PrecompileFunc } from '@ethereumjs/evm'
import type { Roots } from '@opengradient/attestation'
import { decodeEvidenceCall, type EvidenceCall } from '@opengradient/protocol'
import type { Meter } from '../meter.ts'
import { metered } from '../metered.ts'
import { PRICES } from './prices.ts'

/** What verifies evidence: loaded with the first question, since most processes that run this chain never see any. */
type Answer = (call: EvidenceCall, meter: Meter, hardware?: Roots) => Promise<Uint8Array>

let loaded: Promise<Answer> | undefined

/**
 * Precompile 0x0900. Input: `encodeEvidenceCall`. Output: the structs of `contracts/sol/EvidenceCalls.sol`. Evidence that is refused is an answer;
 * an input in any other form, and too little gas, fail and take all gas. Stateless; the time is in the input.
 */
export const evidence: PrecompileFunc = evidenceUnder()

/** The same under other roots than those of the vendors that this release pins. */
export function evidenceUnder(hardware?: Roots): PrecompileFunc {
  return ({ data, gasLimit }) =>
    metered(gasLimit, 'EVIDENCE_CALL_MALFORMED', 'TEE evidence', async (meter) => {
      meter.charge(1, PRICES.call)
      meter.charge(data.length, PRICES.inputByte)
      const call = decodeEvidenceCall(data)
      loaded ??= import('./answer.ts').then(({ answer }) => answer)
      const answer = await loaded
      return answer(call, meter, hardware)
    })
}
