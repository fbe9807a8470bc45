import { stakingAbi } from '@opengradient/contracts'
import { formatOpg, isOgError, OgError } from '@opengradient/protocol'
import { type ContractErrorName, decodeErrorResult, type Hex } from 'viem'

/** Errors that are no reason for a person at the command line: of calls that only the executor or other contracts make. */
type Internal =
  | ('OnlySystemCaller' | 'OnlyRewards' | 'NobodyToReward' | 'WrongAmounts')
  | ('ReentrancyGuardReentrantCall' | 'SafeCastOverflowedUintDowncast')
type Reason = Exclude<ContractErrorName<typeof stakingAbi>, Internal>

/** What each refusal of `Staking` means, and what to do. `time` is unix seconds, `shares` what may leave. */
const REASONS: Partial<Record<string, (argument: bigint) => string>> = {
  IsValidator: () => 'this account is a validator already; `og stake list` shows it',
  NotValidator: () => 'there is no such validator; `og stake list` shows those there are',
  MayNotBond: () => 'this account may not bond: it is a contract of the protocol, or holds a treasury or locked tokens',
  SelfBondTooSmall: () => "a validator's own bond is 10,000 OPG at least; delegate the rest to yourself, then try again",
  BadConsensusKey: () => 'this is no consensus key: ed25519 has 32 bytes, compressed secp256k1 33',
  KeyUsed: () => 'somebody has used this consensus key before, and a key is never used twice; make a new one',
  KeyTooFresh: (time) => `a consensus key changes at most once a day; the next change is possible at ${timeText(time)}`,
  CommissionTooHigh: () => 'a commission is 50 % at most',
  CommissionStepTooBig: () => 'a commission changes by one percentage point at most, once a day',
  CommissionTooFresh: (time) => `a commission changes at most once a day; the next change is possible at ${timeText(time)}`,
  NothingBonded: () => 'the amount is nothing, or rounds to nothing',
  TooManyShares: (shares) => `only ${formatOpg(shares)} shares may leave now; what was redelegated stays for 21 days (og stake show)`,
  SameValidator: () => 'from and to are the same validator',
  TooManyMoves: () => 'eight redelegations to this validator are under way; wait until one is 21 days old, or choose another',
  NothingUnbonding: () => 'there is no such entry, or it was paid before; `og stake show` lists them',
  NotYetFree: (time) => `it is free at ${timeText(time)}; unbonding takes 21 days`,
  NothingOwed: () => 'there is nothing to pay',
  PaymentRefused: () => 'the account refused its money: it is a contract that takes none',
  NotJailed: () => 'the validator is not jailed',
  StillJailed: (time) => `the validator may return at ${timeText(time)}; find out first why it missed blocks`,
  IsTombstoned: () => 'the validator signed two blocks of one height and never returns; register another account with a new key',
  NoPlace: () => 'there is no place: jailed, short of its own bond, in the set already, or not stronger than the weakest of a full set',
} satisfies Record<Reason, (argument: bigint) => string>

/** Runs what writes to `Staking`; a refusal of the contract becomes a sentence with its remedy. Other errors stay as they are. */
export async function explained<T>(what: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    throw reasonOf(what, error)
  }
}

function reasonOf(what: string, error: unknown): unknown {
  if (!isOgError(error)) return error
  const data = [error, error.cause].flatMap((one) => (isOgError(one) && typeof one.details.data === 'string' ? one.details.data : []))[0]
  const found = data === undefined ? undefined : decoded(data as Hex)
  const reason = found && REASONS[found.name]
  if (!reason) return error
  return new OgError('CHAIN_REVERTED', `${what}: ${reason(found.argument)}`, { cause: error, details: { error: found.name } })
}

function decoded(data: Hex): { name: string; argument: bigint } | undefined {
  try {
    const { errorName, args } = decodeErrorResult({ abi: stakingAbi, data })
    const [first] = (args ?? []) as readonly unknown[]
    return { name: errorName, argument: typeof first === 'bigint' ? first : 0n }
  } catch {
    return undefined
  }
}

const timeText = (seconds: bigint): string => (seconds < 8_000_000_000n ? new Date(Number(seconds) * 1000).toISOString() : 'no time soon')
