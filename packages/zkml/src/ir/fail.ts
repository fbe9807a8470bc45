import { OgError } from '@opengradient/protocol'

/** Refuses what was read: `place` says where (`nodes[3] Conv`), `reason` says which rule is broken, as the end of a sentence. */
export type Fail = (place: string, reason: string) => never

/** Throws `ZK_BAD_IR`. SPEC 2.1. */
export const badIr: Fail = (place, reason) => {
  throw new OgError('ZK_BAD_IR', `Integer model: ${place} ${reason}.`, { details: { place } })
}

/** Throws `ZK_BAD_MANIFEST`. SPEC 2.8. */
export const badManifest: Fail = (place, reason) => {
  throw new OgError('ZK_BAD_MANIFEST', `zk manifest: ${place} ${reason}.`, { details: { place } })
}

/** Throws `ZK_BAD_WEIGHTS`. SPEC 2.7. */
export const badWeights: Fail = (place, reason) => {
  throw new OgError('ZK_BAD_WEIGHTS', `Weights: ${place} ${reason}.`, { details: { place } })
}
