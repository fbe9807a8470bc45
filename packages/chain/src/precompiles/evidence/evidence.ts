import { EVMError, type ExecResult, type PrecompileFunc } from '@ethereumjs/evm'
import type { Roots } from '@opengradient/attestation'
import { decodeEvidenceCall, type EvidenceCall, isOgError, OgError } from '@opengradient/protocol'
import { Meter, OutOfGas } from '../meter.ts'
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
  return async ({ data, gasLimit }) => ask(data, new Meter(gasLimit), gasLimit, hardware)
}

async function ask(data: Uint8Array, meter: Meter, gasLimit: bigint, hardware: Roots | undefined): Promise<ExecResult> {
  try {
    meter.charge(1, PRICES.call)
    meter.charge(data.length, PRICES.inputByte)
    const call = decodeEvidenceCall(data)
    loaded ??= import('./answer.ts').then(({ answer }) => answer)
    const answer = await loaded
    return { returnValue: await answer(call, meter, hardware), executionGasUsed: meter.used }
  } catch (error) {
    if (error instanceof OutOfGas) return failed(EVMError.errorMessages.OUT_OF_GAS, gasLimit)
    if (isOgError(error, 'EVIDENCE_CALL_MALFORMED')) return failed(EVMError.errorMessages.INVALID_INPUT_LENGTH, gasLimit)
    // Anything else is a fault of this machine. The node has to stop: a transaction must not be left out by one node alone.
    throw isOgError(error)
      ? error
      : new OgError('INTERNAL', `TEE evidence could not be verified on this machine: ${(error as Error).message}.`, { cause: error })
  }
}

function failed(why: ConstructorParameters<typeof EVMError>[0], gasLimit: bigint): ExecResult {
  return { executionGasUsed: gasLimit, returnValue: new Uint8Array(), exceptionError: new EVMError(why) }
}
