import { OgError } from '../error/error.ts'
import type { Anchor, Trust } from '../network/network.ts'
import { trustCometCommit, type ValidatorsAnchor } from './cometbft/trust.ts'
import { type Commit, validatorsHashOf, verifyCommit } from './commit.ts'
import { MAX_CLOCK_DRIFT } from './drift.ts'
import type { Finality } from './finality.ts'
import type { Header } from './header.ts'

/**
 * The anchor of `trust` by which a block is accepted at `now` (unix seconds): its own hash, or the validators that signed it.
 * Throws `COMMIT_INVALID` if the embedded commit is forged, `UNTRUSTED_HEADER` if no anchor accepts it, and for CometBFT what
 * `trustCometCommit` throws.
 */
export function trustHeader(trust: Trust, header: Header, finality: Finality, now: number): Anchor {
  const pinned = trust.anchors.find(
    (anchor) => 'blockHash' in anchor && anchor.height === header.number && anchor.blockHash === header.hash,
  )
  if (pinned) return pinned
  return finality.kind === 'cometbft' ? trustCometCommit(trust, header, finality, now) : trustCommit(trust, header, finality, now)
}

function trustCommit(trust: Trust, header: Header, commit: Commit, now: number): Anchor {
  verifyCommit(trust.chainId, { height: header.number, blockHash: header.hash }, commit)
  const validatorsHash = validatorsHashOf([commit.validator])
  const reasons: string[] = []
  for (const anchor of trust.anchors) {
    if ('blockHash' in anchor) continue
    const problem = rejection(anchor, validatorsHash, header, now)
    if (problem === undefined) return anchor
    reasons.push(problem)
  }
  throw new OgError(
    'UNTRUSTED_HEADER',
    `Block ${header.number} (${header.hash}) is not accepted: ${reasons.join('; ') || 'the trust has no anchor for it'}.`,
    {
      details: { height: header.number, blockHash: header.hash, validator: commit.validator },
    },
  )
}

function rejection(anchor: ValidatorsAnchor, validatorsHash: string, header: Header, now: number): string | undefined {
  if (anchor.validatorsHash !== validatorsHash) return 'its validator is not the trusted one'
  if (header.number < anchor.height || header.timestamp < anchor.time) return `it is older than the anchor at height ${anchor.height}`
  if (header.timestamp > now + MAX_CLOCK_DRIFT)
    return `it is dated ${header.timestamp - now} s ahead of this machine's clock; check the clock`
  if (now >= anchor.time + anchor.trustingPeriod) return `the anchor at height ${anchor.height} has expired; get a newer network file`
  return undefined
}
