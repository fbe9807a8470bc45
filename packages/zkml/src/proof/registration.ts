import { OgError } from '@opengradient/protocol'
import { programHash } from '../program/encode.ts'
import { lowerRegistration } from '../program/lower/registration.ts'
import type { BatchProgram, ZkModel } from './model.ts'
import { parameters } from './params.ts'
import { planOf } from './plan.ts'
import type { ProofHeader } from './transcript.ts'
import { checkVerifierMemory } from './verifierMemory.ts'

/** The program CP_reg of a model with committed weights, under the sizes of its manifest. SPEC 6.8. Throws as `lower` does. */
export function registrationOf({ ir, manifest }: ZkModel): BatchProgram {
  if (manifest.weights !== 1) throw new OgError('ZK_BAD_MANIFEST', 'zk manifest: public weights have no registration proof')
  const [, c, l] = manifest.pcs[0]!
  const lowered = lowerRegistration(ir)
  const plan = planOf(lowered.program)
  const params = parameters(c, l, ...plan.packing.cells)
  if (params !== undefined) checkVerifierMemory(plan, params)
  return { lowered, plan, hash: programHash(lowered.program), params }
}

/** A registration proof is about the model alone: no values, no context. */
export function registrationHeader({ id, manifest }: ZkModel, hash: Uint8Array): ProofHeader {
  const nothing = new Uint8Array()
  return { weights: 1, zkModelId: id, programHash: hash, x: nothing, y: nothing, ctx: nothing, wroot: manifest.wd }
}
