import {
  type Anchor,
  type CometCommit,
  checkNext,
  type Header,
  isOgError,
  type LightBlock,
  MAX_TRAIL,
  OgError,
  type Trust,
  type ValidatorsAnchor,
  verifyTrail,
} from '@opengradient/protocol'
import type { LightBlockSource } from './source.ts'

/**
 * What CometBFT has of an Ethereum block: the light block of the height after it, and the trail that leads to it from what `trust` names.
 * `now` in unix seconds. It is only collected here; `trustHeader` judges it.
 *
 * @throws OgError as `trailTo` and the source do
 */
export async function cometCommit(
  source: LightBlockSource,
  trust: Trust,
  header: Pick<Header, 'number'>,
  now: number,
): Promise<CometCommit> {
  const block = await source.lightBlock(header.number + 1)
  return { kind: 'cometbft', block, trail: await trailTo(source, trust, block, now) }
}

/**
 * The light blocks by which a verifier gets from the validators that `trust` names to those of `target`, oldest first; none if they are the
 * same. Bisection, as in CometBFT's light client: as far as more than a third of the trusted power still signs, halfway there otherwise.
 *
 * @throws OgError `TRAIL_TOO_LONG`, `VALIDATORS_UNTRUSTED`, `TRUST_EXPIRED`, and what verification throws where the source gives what does not follow
 */
export async function trailTo(source: LightBlockSource, trust: Trust, target: LightBlock, now: number): Promise<LightBlock[]> {
  const anchor = startOf(trust, target, now)
  if (anchor.validatorsHash === target.header.validatorsHash) return []
  const rules = { chainId: trust.chainId, now: BigInt(Math.floor(now)) * 1_000_000_000n }
  let trusted = await source.lightBlock(Math.max(1, anchor.height))
  verifyTrail(trust, [trusted], rules.now)
  const trail = [trusted]
  const wanted = [target]
  for (let next = wanted.at(-1); next !== undefined; next = wanted.at(-1)) {
    const problem = refusalOf(() => checkNext(trusted, next, rules))
    if (problem === undefined) {
      wanted.pop()
      trusted = next
      if (next !== target) trail.push(next)
    } else if (problem.code === 'COMMIT_TRUSTED_POWER_TOO_LOW') {
      wanted.push(await source.lightBlock(Math.floor((trusted.header.height + next.header.height) / 2)))
    } else {
      throw problem
    }
    if (trail.length > MAX_TRAIL) {
      throw new OgError(
        'TRAIL_TOO_LONG',
        `More than ${MAX_TRAIL} light blocks lead from height ${anchor.height} to ${target.header.height}.`,
      )
    }
  }
  return trail
}

/** The anchor to set out from: the newest that still holds and is not after the target, of its own validators if there is one. */
function startOf({ anchors }: Trust, { header }: LightBlock, now: number): ValidatorsAnchor {
  const sets = anchors.filter((anchor: Anchor): anchor is ValidatorsAnchor => 'validatorsHash' in anchor)
  const live = sets.filter(({ time, trustingPeriod }) => now < time + trustingPeriod)
  const usable = live.filter(({ height }) => height <= header.height).sort((a, b) => b.height - a.height)
  const anchor = usable.find(({ validatorsHash }) => validatorsHash === header.validatorsHash) ?? usable[0]
  if (anchor) return anchor
  if (sets.length > 0 && live.length === 0) {
    throw new OgError('TRUST_EXPIRED', 'All validators that your trust names have expired; get a newer network file.')
  }
  throw new OgError('VALIDATORS_UNTRUSTED', `Your trust names no validators from which height ${header.height} can be reached now.`)
}

function refusalOf(check: () => void): OgError | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (isOgError(error)) return error
    throw error
  }
}
