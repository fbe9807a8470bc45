import { buildProgramVectors, type VectorFile } from './programs.ts'

/** Every file of `vectors/zk`; `node scripts/vectors.mjs` writes them. */
export function buildZkVectors(): VectorFile[] {
  return [...buildProgramVectors()]
}
