import { OgError } from '@opengradient/protocol'
import { Kernels, ZkVerifier } from '@opengradient/zkml'
import type { ReadZkir } from '../engine/zk.ts'

/**
 * Refuses a published file whose registration proof is false: no verifier takes a bundle with it. One without is fine.
 * @throws OgError `MODEL_INVALID`
 */
export function checkRegistration(file: ReadZkir): void {
  if (file.registration === undefined) return
  const verdict = new ZkVerifier(Kernels.loadSync()).verifyRegistration(file, file.zkModelId, file.registration)
  if (verdict.ok) return
  throw new OgError('MODEL_INVALID', `Level zk: the registration proof in the published file does not verify (${verdict.code}).`, {
    details: { reason: 'ZK', code: verdict.code },
  })
}
