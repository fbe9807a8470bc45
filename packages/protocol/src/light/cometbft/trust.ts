import { OgError } from '../../error/error.ts'
import type { Anchor, Trust } from '../../network/network.ts'
import type { Header } from '../header.ts'
import type { CometCommit, LightBlock } from './lightBlock.ts'
import { checkForm, checkNext, checkSigned, type LightRules } from './verify.ts'

/** An anchor that trusts a validator set for a while. */
export type ValidatorsAnchor = Exclude<Anchor, { blockHash: unknown }>

const SECOND = 1_000_000_000n

/**
 * The anchor of `trust` by which CometBFT's commit of an Ethereum block is accepted at `now` (unix seconds): the oldest light block is
 * signed by the validators that the anchor names, each further one follows from the one before, and the last holds the hash of `header`.
 * Throws `HEADER_APP_HASH_MISMATCH` if it holds another, and what `anchorFor`, `checkForm` and `checkNext` throw.
 */
export function trustCometCommit(trust: Trust, header: Header, { block, trail }: CometCommit, now: number): Anchor {
  if (block.header.appHash !== header.hash || block.header.height !== header.number + 1) {
    throw new OgError(
      'HEADER_APP_HASH_MISMATCH',
      `CometBFT's height ${block.header.height} holds block hash ${block.header.appHash}; block ${header.number} is ${header.hash}.`,
    )
  }
  return verifyTrail(trust, [...trail, block], BigInt(now) * SECOND)
}

/**
 * As `trustCometCommit`, for light blocks alone, oldest first; `now` in unix nanoseconds. A signature is checked once at most, and only once the
 * validators before have signed: no more than those of `MAX_TRAIL` + 1 sets, whoever made the light blocks.
 */
export function verifyTrail({ chainId, anchors }: Trust, blocks: readonly LightBlock[], now: bigint): ValidatorsAnchor {
  const rules: LightRules = { chainId, now }
  const first = blocks[0]
  if (first === undefined) throw new OgError('VALIDATORS_UNTRUSTED', 'There is no light block.')
  checkForm(first, rules)
  const anchor = anchorFor(anchors, first, now)
  checkSigned(first)
  for (const [i, next] of blocks.slice(1).entries()) checkNext(blocks[i]!, next, rules)
  return anchor
}

/**
 * The anchor that names the validators of the oldest light block and still holds. Throws `VALIDATORS_UNTRUSTED` if none names them,
 * `TRUST_EXPIRED` after the trusting period, `UNTRUSTED_HEADER` if the light block is older than the anchor.
 */
export function anchorFor(anchors: readonly Anchor[], { header }: LightBlock, now: bigint): ValidatorsAnchor {
  const named = anchors.filter(
    (anchor): anchor is ValidatorsAnchor => !('blockHash' in anchor) && anchor.validatorsHash === header.validatorsHash,
  )
  if (named.length === 0) {
    throw new OgError(
      'VALIDATORS_UNTRUSTED',
      `The validators of height ${header.height} (${header.validatorsHash}) are not those that your trust names.`,
    )
  }
  const live = named.filter(({ time, trustingPeriod }) => now < BigInt(time + trustingPeriod) * SECOND)
  if (live.length === 0) {
    throw new OgError('TRUST_EXPIRED', `The anchor at height ${named[0]!.height} has expired; get a newer network file.`)
  }
  const anchor = live.find(({ height, time }) => header.height >= height && BigInt(header.time) >= BigInt(time) * SECOND)
  if (anchor === undefined) {
    throw new OgError('UNTRUSTED_HEADER', `CometBFT's height ${header.height} is older than the anchor at height ${live[0]!.height}.`)
  }
  return anchor
}
