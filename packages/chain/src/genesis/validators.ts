import { type Address, decimalSchema, type Hex, hexSchema, hexToBytes } from '@opengradient/protocol'
import * as z from 'zod'
import type { ValidatorUpdate } from '../consensus/report.ts'

/** Who makes blocks from the first one on, on a network with CometBFT. */
export interface GenesisValidator {
  /** Bonds out of what the faucets give it. */
  readonly account: Address
  /** Ed25519, 32 bytes, or compressed secp256k1, 33 bytes. */
  readonly consensusKey: Hex
  /** OPG wei; the whole OPG of it are the voting power. */
  readonly bond: bigint
  /** Part of each reward that it keeps, in 1/10,000. */
  readonly commissionBps: number
}

const OPG = 10n ** 18n
/** As in `Staking`, which has the last word: least bond, largest commission, places. */
const MIN_BOND = 10_000n * OPG
const MAX_COMMISSION_BPS = 5_000
const MAX_VALIDATORS = 100

const consensusKey = z.union([
  hexSchema(32),
  hexSchema(33).refine((key) => /^0x0[23]/.test(key), 'expected a compressed secp256k1 key, which begins with 02 or 03'),
])

/** The validators of a genesis file. */
export const validatorsSchema = z
  .array(
    z.strictObject({
      account: hexSchema(20),
      consensusKey,
      bond: decimalSchema(128),
      commissionBps: z.int().min(0).max(MAX_COMMISSION_BPS),
    }),
  )
  .min(1)
  .max(MAX_VALIDATORS)

/** What is wrong with the validators of a genesis beyond the form of each; undefined when nothing. Amounts are wei. */
export function problemWithValidators(
  validators: readonly GenesisValidator[],
  first: Address,
  faucets: readonly { readonly address: Address; readonly amount: bigint }[],
): string | undefined {
  const funds = new Map(faucets.map(({ address, amount }) => [address, amount]))
  if (validators[0]?.account !== first) return 'validator is not the account of the first of the validators'
  if (new Set(validators.map(({ account }) => account)).size < validators.length) return 'an account is named twice among the validators'
  if (new Set(validators.map(({ consensusKey }) => consensusKey)).size < validators.length) return 'a consensus key is named twice'
  for (const { account, bond } of validators) {
    if (bond < MIN_BOND) return `the bond of validator ${account} is less than 10,000 OPG`
    if (bond > (funds.get(account) ?? 0n)) return `the bond of validator ${account} is more than the faucets give it`
  }
  return undefined
}

/** The validator set with which CometBFT begins. */
export function initialSet(validators: readonly GenesisValidator[]): ValidatorUpdate[] {
  return validators.map(({ consensusKey, bond }) => ({ key: hexToBytes(consensusKey), power: bond / OPG }))
}
