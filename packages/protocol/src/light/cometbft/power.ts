import { OgError } from '../../error/error.ts'
import { voteSignBytes } from './encode.ts'
import type { CommitSignature, LightBlock, Validator } from './lightBlock.ts'
import { cometAddress, isSignedBy } from './signature.ts'

/** A signature that is there. */
type Vote = Exclude<CommitSignature, { flag: 'absent' }>

/** Throws `COMMIT_SIGNATURE_INVALID` unless `vote`, number `index` of the commit, is the validator's for the block. */
export type SignatureCheck = (index: number, vote: Vote, validator: Validator) => void

/** Checks each signature of a commit at most once, however often it is asked for. */
export function signatureCheck({ header, commit }: LightBlock): SignatureCheck {
  const checked = new Map<number, Validator['key']>()
  return (index, { address, timestamp, signature }, validator) => {
    if (checked.get(index) === validator.key) return
    if (!isSignedBy(validator, voteSignBytes(header.chainId, commit, timestamp), signature)) {
      throw new OgError('COMMIT_SIGNATURE_INVALID', `Signature ${index} of the commit of height ${header.height} is forged.`, {
        details: { height: header.height, index, validator: address },
      })
    }
    checked.set(index, validator.key)
  }
}

/**
 * Throws unless validators with more than two thirds of the block's own voting power signed it: `COMMIT_POWER_TOO_LOW`, or
 * `COMMIT_FOREIGN` where a signature stands in the place of another validator. As CometBFT's `VerifyCommitLight` it looks at signatures in
 * their order until there is enough; votes for no block do not count. There must be as many places in the commit as validators.
 */
export function checkOwnPower({ header, commit, validators }: LightBlock, check: SignatureCheck): void {
  const total = totalPower(validators)
  let signed = 0n
  for (const [index, entry] of commit.signatures.entries()) {
    if (entry.flag !== 'commit') continue
    const validator = validators[index]!
    if (cometAddress(validator) !== entry.address) {
      throw new OgError('COMMIT_FOREIGN', `Signature ${index} of the commit of height ${header.height} is not that of validator ${index}.`)
    }
    check(index, entry, validator)
    signed += BigInt(validator.power)
    if (3n * signed > 2n * total) return
  }
  throw new OgError(
    'COMMIT_POWER_TOO_LOW',
    `Height ${header.height} is signed with power ${signed} of ${total}; more than two thirds are needed.`,
    { details: { height: header.height, signed, total } },
  )
}

/**
 * Throws unless validators with more than a third of the power of the `trusted` set signed the block, each counted once:
 * `COMMIT_TRUSTED_POWER_TOO_LOW`, `COMMIT_SIGNED_TWICE`. CometBFT's `VerifyCommitLightTrusting` at its default level.
 */
export function checkTrustedPower(trusted: readonly Validator[], { header, commit }: LightBlock, check: SignatureCheck): void {
  const known = new Map(trusted.map((validator) => [cometAddress(validator), validator]))
  const total = totalPower(trusted)
  const seen = new Set<string>()
  let signed = 0n
  for (const [index, entry] of commit.signatures.entries()) {
    if (entry.flag !== 'commit') continue
    const validator = known.get(entry.address)
    if (validator === undefined) continue
    if (seen.has(entry.address)) {
      throw new OgError('COMMIT_SIGNED_TWICE', `Validator ${entry.address} is in the commit of height ${header.height} twice.`)
    }
    seen.add(entry.address)
    check(index, entry, validator)
    signed += BigInt(validator.power)
    if (3n * signed > total) return
  }
  throw new OgError(
    'COMMIT_TRUSTED_POWER_TOO_LOW',
    `Height ${header.height} is signed with power ${signed} of ${total} of the validators trusted before; more than a third is needed. Add a light block in between.`,
    { details: { height: header.height, signed, total } },
  )
}

/** The voting power of all together. */
export const totalPower = (validators: readonly Validator[]): bigint => validators.reduce((sum, { power }) => sum + BigInt(power), 0n)
