import { OgError } from '../../error/error.ts'
import { MAX_CLOCK_DRIFT } from '../drift.ts'
import { cometHeaderHash, cometValidatorsHash } from './encode.ts'
import type { LightBlock, Validator } from './lightBlock.ts'
import { checkOwnPower, checkTrustedPower, signatureCheck, totalPower } from './power.ts'

/** Most voting power of a set: CometBFT's `MaxTotalVotingPower`. */
const MAX_TOTAL_POWER = (2n ** 63n - 1n) / 8n

/** The chain id of CometBFT for a network: `og-` and the Ethereum chain id. It is part of everything that validators sign. */
export const cometChainId = (chainId: number): string => `og-${chainId}`

/** What is asked of every light block, whoever is trusted. `now` in unix nanoseconds. */
export interface LightRules {
  chainId: number
  now: bigint
}

/**
 * Throws unless the light block agrees with itself: `WRONG_CHAIN`, `HEADER_FROM_FUTURE`, `VALIDATORS_INVALID`, `VALIDATORS_MISMATCH`
 * (not the set of the header), `COMMIT_FOREIGN` (of another block). Says nothing about signatures.
 */
export function checkForm({ header, commit, validators }: LightBlock, { chainId, now }: LightRules): void {
  const expected = cometChainId(chainId)
  if (header.chainId !== expected) {
    throw new OgError('WRONG_CHAIN', `The light block is of chain ${JSON.stringify(header.chainId)}, not of ${expected}.`)
  }
  if (BigInt(header.time) >= now + BigInt(MAX_CLOCK_DRIFT) * 1_000_000_000n) {
    throw new OgError(
      'HEADER_FROM_FUTURE',
      `Height ${header.height} is dated ${MAX_CLOCK_DRIFT} s or more ahead of this machine's clock; check the clock.`,
    )
  }
  checkSet(validators, header.height)
  if (cometValidatorsHash(validators) !== header.validatorsHash) {
    throw new OgError('VALIDATORS_MISMATCH', `The validators shown for height ${header.height} are not those that its header names.`)
  }
  if (
    commit.height !== header.height ||
    commit.blockId.hash !== cometHeaderHash(header) ||
    commit.signatures.length !== validators.length
  ) {
    throw new OgError('COMMIT_FOREIGN', `The commit shown for height ${header.height} is that of another block.`)
  }
}

/** Throws unless validators with more than two thirds of its own power signed the light block. It must be of the right form. */
export function checkSigned(block: LightBlock): void {
  checkOwnPower(block, signatureCheck(block))
}

/**
 * Throws unless `next` follows from the trusted light block before it, as in CometBFT's light-client specification: later in height and
 * time (`TRAIL_OUT_OF_ORDER`); the very next height by the set that `trusted` names for it (`VALIDATORS_MISMATCH`), any other by more than a
 * third of the trusted power; and always by more than two thirds of its own. The trusted set is asked first, so that what strangers signed
 * costs nothing.
 */
export function checkNext(trusted: LightBlock, next: LightBlock, rules: LightRules): void {
  checkForm(next, rules)
  const [before, { header }] = [trusted.header, next]
  if (header.height <= before.height || BigInt(header.time) <= BigInt(before.time)) {
    throw new OgError('TRAIL_OUT_OF_ORDER', `Height ${header.height} is not after height ${before.height}, by number and by time.`)
  }
  const check = signatureCheck(next)
  if (header.height === before.height + 1) {
    if (header.validatorsHash !== before.nextValidatorsHash) {
      throw new OgError('VALIDATORS_MISMATCH', `Height ${header.height} is not of the validators that height ${before.height} names.`)
    }
  } else {
    checkTrustedPower(trusted.validators, next, check)
  }
  checkOwnPower(next, check)
}

function checkSet(validators: readonly Validator[], height: number): void {
  const total = totalPower(validators)
  const problem =
    (new Set(validators.map(({ key }) => key)).size !== validators.length && 'holds a key twice') ||
    (validators.some(({ power }) => power === '0') && 'holds a validator without power') ||
    (total > MAX_TOTAL_POWER && `has power ${total}, more than ${MAX_TOTAL_POWER}`)
  if (problem) throw new OgError('VALIDATORS_INVALID', `The validator set of height ${height} ${problem}.`)
}
