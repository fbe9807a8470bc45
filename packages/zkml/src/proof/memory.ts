import { isMachineFault, isOgError, OgError } from '@opengradient/protocol'
import type { KernelExports } from '../kernels/exports/index.ts'
import { layoutOf } from './layout.ts'
import { MAX_PROOF_BYTES, type Params } from './params.ts'
import type { Plan } from './plan.ts'

/** Memory of the kernels, in bytes. */
const LIMIT = 2 ** 31

/**
 * Bytes that proving takes at least: the matrices with their codewords and trees, and beside them the larger of the lookup tree and the tables of
 * the batching sumcheck.
 */
export function leastMemory({ gkrScratch }: KernelExports, { packing, leafBits }: Plan, { n, rows, rowsW }: Params): number {
  const cells = packing.cells[0] + packing.cells[1]
  const committed = 8 * cells + 8 * n * (rows + rowsW) + 64 * n * (rowsW > 0 ? 2 : 1)
  const lookups = leafBits === 0 ? 0 : leafBits > 26 ? LIMIT : 24 * 2 ** leafBits + (gkrScratch(leafBits) >>> 0)
  return committed + Math.max(lookups, 16 * cells)
}

/** Whether an error says that this machine has no more memory, or stack: never a verdict. */
export function isOutOfMemory(error: unknown): boolean {
  return isOgError(error, 'ZK_MEMORY') || isMachineFault(error)
}

/** Refuses, before any work, a proof that would be longer than one may be (`ZK_LIMIT`), or for which there cannot be memory (`ZK_MEMORY`). SPEC 9.3. */
export function checkMemory(kernels: KernelExports, plan: Plan, params: Params): void {
  const length = layoutOf(plan, params).siblings
  if (length > MAX_PROOF_BYTES)
    throw new OgError('ZK_LIMIT', `zkml: the proof would have ${length} bytes, over the limit of ${MAX_PROOF_BYTES}`, {
      details: { length },
    })
  const bytes = leastMemory(kernels, plan, params)
  if (bytes <= LIMIT) return
  throw new OgError('ZK_MEMORY', `zkml: proving takes at least ${bytes} bytes of memory, ${LIMIT} are allowed`, { details: { bytes } })
}
