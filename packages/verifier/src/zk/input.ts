import type { Context } from '../context.ts'
import { absent, fail, reasonOf, Stop } from '../outcome.ts'
import type { OpenModel } from './examine.ts'
import { type ProvedInput, quantised } from './quantised.ts'

/** The input that this request is, quantised: nothing of it is taken from anybody's word. */
export function inputsOf({ bundle, request }: Context, { file: { io }, model: { ir } }: OpenModel): ProvedInput {
  if (bundle.request === undefined) throw new Stop(absent('zk.request'))
  if (request === undefined) throw new Stop(fail('REQUEST_HASH_MISMATCH'))
  try {
    return quantised(ir, io, request)
  } catch (error) {
    throw new Stop(fail('ZK_INPUT_MISMATCH', { reason: reasonOf(error) }))
  }
}
