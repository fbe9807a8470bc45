import type { heldPaymentsAbi, modelsAbi, nodesAbi, settlementAbi, stakingAbi } from '@opengradient/contracts'
import { formatOpg } from '@opengradient/protocol'
import type { ContractErrorName } from 'viem'

type Refusal = ContractErrorName<typeof nodesAbi | typeof modelsAbi | typeof settlementAbi | typeof heldPaymentsAbi>
/** Of calls that only the executor or other contracts make: nobody meets them. */
type Internal =
  | ('OnlySystemCaller' | 'OnlyRewards' | 'NobodyToReward' | 'WrongAmounts')
  | ('ReentrancyGuardReentrantCall' | 'SafeCastOverflowedUintDowncast')
/** Each of them needs words: who stakes has no other screen. */
type StakingRefusal = Exclude<ContractErrorName<typeof stakingAbi>, Internal>
/** Takes the first argument of the error, 0 where it has none that is a number: a time is unix seconds, an amount OPG wei. */
type Remedy = (argument: bigint) => string

const STAKING: Record<StakingRefusal, Remedy> = {
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
}

/** What somebody who called a contract can do about its refusal, where that is not in the name of the error alone. */
const REMEDIES: Partial<Record<Refusal | StakingRefusal, Remedy>> = {
  ...STAKING,
  AlreadyRegistered: () => 'this account is a node already, or was slashed; another account can register',
  BondTooSmall: () => 'an active node has a bond of 10,000 OPG at least; `og node bond` says what is missing, and adds it',
  IsUnbonding: () => 'the node has announced its leave; take the bond out when it is free, then register again',
  NotUnbonding: () => 'the node has not announced its leave yet',
  StillBonded: (time) => `the bond stays until ${timeText(time)}: 7 days from the day on which the leave was announced`,
  PenaltiesOutstanding: () =>
    'payments of level zk are still held, for whose proofs the bond answers; try again when they are released (og node release)',
  PriceTooFresh: (time) => `a price changes at most once an hour; the next change is possible at ${timeText(time)}`,
  BadKey: () => 'a receipt key is another one than the account, and none that this node has used before; make a new one',
  BadEndpoint: () => 'an endpoint is 1 to 255 printable ASCII characters',
  NameTaken: () => 'what stands before the slash belongs to another account; choose another name',
  OnlyAuthor: () => 'only the account that published the model may do this; use that one',
  TermsAreFixed: () => 'this very model was published before, under other terms, which stay; publish it under those, or change the model',
  ZkModelIsFixed: () => 'the model has its integer model already; another one needs another version of the model',
  BadTerms: () => 'a royalty is 50 % at most, and a share for a parent needs one',
  NothingToWithdraw: () => 'this account has no credit',
  NotEnoughCredit: (credit) => `the account has ${formatOpg(credit)} OPG of credit`,
  NotHeld: () => 'the payment was never held, or is shared out or paid back already',
  AlreadyChallenged: () => 'a payment is challenged once; `collect` takes what is due when no proof comes',
  OnlyPayer: () => 'only the account that paid may do this',
  TooLate: (block) => `this was possible up to block ${block}`,
  TooEarly: (block) => `this is possible after block ${block}`,
  DepositTooSmall: (least) => `a challenge deposits ${formatOpg(least)} OPG at least`,
}

/** A sentence for the error of a contract; undefined where its name says it all, or nobody should meet it. */
export function remedyOf(name: string, [first]: readonly unknown[]): string | undefined {
  const remedy = Object.hasOwn(REMEDIES, name) ? REMEDIES[name as keyof typeof REMEDIES] : undefined
  return remedy?.(typeof first === 'bigint' ? first : 0n)
}

const timeText = (seconds: bigint): string => (seconds < 8_000_000_000n ? new Date(Number(seconds) * 1000).toISOString() : 'no time soon')
