import type { Anchor, LightBlock, Trust, ValidatorsAnchor } from '@opengradient/protocol'

/**
 * A trust that a running program keeps alive, as a light client does: the validators of blocks that it accepted while the given anchors held
 * are trusted for a period of their own. Without that a node would need a new network file, and a restart, every two weeks.
 */
export interface RenewedTrust {
  /** What was given, and what was accepted since once all of that has expired: bundles must lead others there from a network file. `now` in unix seconds. */
  at(now: number): Trust
  /** Notes a light block that `by` made acceptable. */
  accepted(block: LightBlock, by: Anchor): void
}

/** Parts of a trusting period after which another set is noted, so that blocks of nearly the whole last period can be proven. */
const PARTS = 16

export function renewed(given: Trust): RenewedTrust {
  const own: ValidatorsAnchor[] = []
  return {
    at(now) {
      const holds = ({ time, trustingPeriod }: ValidatorsAnchor) => now < time + trustingPeriod
      const validators = given.anchors.filter((anchor) => 'validatorsHash' in anchor)
      return own.length === 0 || validators.some(holds) ? given : { ...given, anchors: [...given.anchors, ...own.filter(holds)] }
    },
    accepted({ header }, by) {
      if (!('validatorsHash' in by)) return
      const { trustingPeriod } = by
      const time = Number(BigInt(header.time) / 1_000_000_000n)
      const last = own.at(-1)
      if (last && time < last.time + trustingPeriod / PARTS) return
      own.push({ height: header.height, validatorsHash: header.validatorsHash, time, trustingPeriod })
      if (own.length > PARTS + 1) own.shift()
    },
  }
}
