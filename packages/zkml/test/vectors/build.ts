import { buildPrimitiveVectors } from './primitives.ts'
import { buildProgramVectors, type VectorFile } from './programs.ts'
import { buildProofVectors } from './proofs.ts'
import { buildRegistrationVectors } from './registrations.ts'

/** Every file of `vectors/zk`; `node scripts/vectors.mjs` writes them. */
export function buildZkVectors(): VectorFile[] {
  return [...buildPrimitiveVectors(), ...buildProgramVectors(), ...buildProofVectors(), ...buildRegistrationVectors()]
}
