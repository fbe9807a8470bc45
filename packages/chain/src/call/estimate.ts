import type { CallRequest, CallResult } from '../chain.ts'
import { BLOCK_GAS_LIMIT } from '../executor/rules.ts'

/** Gas that a call keeps back from the calls it makes: one part in 64 (EIP-150); and what a call with value gives along. */
const CALL_STIPEND = 2_300n
/** The search stops when it is this close, one part in so many: each step runs the whole message. */
const TOLERANCE = 64n

/**
 * A gas limit with which the message succeeds, at most 1/64 above the smallest. It is more than the gas used when the message gets
 * refunds, or makes calls that must be given gas they do not use. A result that is no `success` is of the largest limit tried.
 */
export async function estimate(request: CallRequest, run: (request: CallRequest) => Promise<CallResult>): Promise<CallResult> {
  const most = request.gas ?? BLOCK_GAS_LIMIT
  const at = (gas: bigint) => run({ ...request, gas })
  const widest = await at(most)
  if (widest.status !== 'success') return widest
  let enough = most
  let tooLittle = widest.gasUsed - 1n
  const guess = ((widest.gasUsed + CALL_STIPEND) * 64n) / 63n
  for (const gas of [widest.gasUsed, guess]) {
    if (gas <= tooLittle || gas >= enough) continue
    if ((await at(gas)).status === 'success') enough = gas
    else tooLittle = gas
  }
  while (enough - tooLittle > 1n && enough - tooLittle > enough / TOLERANCE) {
    const middle = (enough + tooLittle) / 2n
    if ((await at(middle)).status === 'success') enough = middle
    else tooLittle = middle
  }
  return { ...widest, gasUsed: enough }
}
