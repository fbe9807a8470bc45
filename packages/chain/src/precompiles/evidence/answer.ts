import { type Roots, VENDOR_ROOTS } from '@opengradient/attestation'
import { type EvidenceCall, isMachineFault } from '@opengradient/protocol'
import { type Meter, OutOfGas } from '../meter.ts'
import { appraised, authenticated, listed, truth } from './answers.ts'
import { appraiseCall } from './appraise.ts'
import { authenticateCall, listedCall } from './authenticate.ts'
import { readPolicy } from './policy.ts'

/**
 * What the precompile answers to a question, ABI-encoded, under these roots of the vendors. Throws `OutOfGas`, and what says that
 * this machine could not go on; what nobody foresaw otherwise is a refusal, the same on every node.
 */
export async function answer(call: EvidenceCall, meter: Meter, hardware: Roots = VENDOR_ROOTS): Promise<Uint8Array> {
  switch (call.call) {
    case 'appraise':
      return appraised(await orElse('INTERNAL', () => appraiseCall(call, meter, hardware)))
    case 'authenticate':
      return authenticated(await orElse('INTERNAL', () => authenticateCall(call, meter, hardware)))
    case 'listed':
      return listed(await orElse(undefined, async () => listedCall(call, meter)))
    case 'policy':
      return truth((await orElse(undefined, async () => readPolicy(call.policy, meter))) !== undefined)
  }
}

async function orElse<T, U>(otherwise: U, work: () => Promise<T>): Promise<T | U> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof OutOfGas || isMachineFault(error)) throw error
    return otherwise
  }
}
