import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  type Address,
  canonicalJson,
  decimalSchema,
  type Hex,
  hexSchema,
  keccak256,
  OgError,
  parseAs,
  parseStrictJson,
  utf8,
  ZERO_ADDRESS,
} from '@opengradient/protocol'
import * as z from 'zod'
import { MIN_BASE_FEE } from '../executor/rules.ts'
import { attestationSchema, type GenesisAttestation, problemWithAttestation } from './attestation.ts'
import { type GenesisValidator, problemWithValidators, validatorsSchema } from './validators.ts'

/** What a genesis chooses. Amounts are wei, `time` unix seconds. */
export interface GenesisParameters {
  /** Drawn at random in [2^32, 2^51) by whoever makes a local network, so that nothing signed on one means anything on another. */
  readonly chainId: bigint
  /** The one validator of an embedded network; of a network with CometBFT, the account of the first of its `validators`. */
  readonly validator: Address
  /** The base fee never falls below this, wei per gas; 7 if absent, as on Ethereum, where to fill half of every block costs nearly nothing. */
  readonly minBaseFee?: bigint
  /** Present on a network with CometBFT, and only there: who makes its first blocks, registered and bonded in its first state. */
  readonly validators?: readonly GenesisValidator[]
  /** Accounts that begin with money, out of the ecosystem share. */
  readonly faucets: readonly { readonly address: Address; readonly amount: bigint }[]
  readonly time: bigint
  /** Who the seven schedules of `Vesting` pay, in their order. */
  readonly beneficiaries: Beneficiaries
  /** How TEE evidence is judged until governance says otherwise. If absent, as `DEFAULT_POLICY` of `@opengradient/attestation`: no code is listed. */
  readonly attestation?: GenesisAttestation
}

/** Whom the seven schedules of `Vesting` pay, in their order. */
export type Beneficiaries = readonly [Address, Address, Address, Address, Address, Address, Address]

/** Everything that determines block 0, and its hash. */
export interface Genesis extends GenesisParameters {
  readonly hash: Hex
}

/** A local network has no foundation, contributors or investors: everything waits for governance, the staking share in `Rewards`. */
export const LOCAL_BENEFICIARIES: Beneficiaries = [
  ADDRESSES.treasury,
  ADDRESSES.treasury,
  ADDRESSES.treasury,
  ADDRESSES.treasury,
  ADDRESSES.rewards,
  ADDRESSES.treasury,
  ADDRESSES.treasury,
]

const address = hexSchema(20).refine((value) => value !== ZERO_ADDRESS, 'expected an address that is not zero')

/** A transfer for 0.021 OPG, and a settlement for five times as much: more is a mistake. */
const MOST_MIN_BASE_FEE = 1_000_000_000_000n

const genesisSchema = z.strictObject({
  version: z.literal(1),
  chainId: z
    .int()
    .min(1)
    .max(2 ** 51 - 1),
  validator: address,
  time: z.int().min(0),
  minBaseFee: decimalSchema(64)
    .refine(
      (text) => BigInt(text) >= MIN_BASE_FEE && BigInt(text) <= MOST_MIN_BASE_FEE,
      `expected ${MIN_BASE_FEE} to ${MOST_MIN_BASE_FEE} wei`,
    )
    .optional(),
  faucets: z.array(z.strictObject({ address, amount: decimalSchema(128) })).max(1_000),
  validators: validatorsSchema.optional(),
  beneficiaries: z.tuple([address, address, address, address, address, address, address]),
  attestation: attestationSchema.optional(),
  genesisHash: hexSchema(32),
})

const MAX_GENESIS_BYTES = 256 * 1024

/** A genesis from the bytes of its file (untrusted); throws `JSON_*` or `CHAIN_GENESIS_INVALID`. Whether the hash is right shows when the chain is created. */
export function parseGenesis(bytes: Uint8Array): Genesis {
  const json = parseStrictJson(bytes, { maxBytes: MAX_GENESIS_BYTES, maxDepth: 4 })
  const { genesisHash, chainId, time, minBaseFee, faucets, validator, validators, beneficiaries, attestation } = parseAs(
    genesisSchema,
    json,
    'CHAIN_GENESIS_INVALID',
    'genesis',
  )
  const genesis: Genesis = {
    chainId: BigInt(chainId),
    time: BigInt(time),
    validator,
    ...(minBaseFee !== undefined && { minBaseFee: BigInt(minBaseFee) }),
    ...(validators && { validators: validators.map((one) => ({ ...one, bond: BigInt(one.bond) })) }),
    beneficiaries,
    ...(attestation && { attestation }),
    faucets: faucets.map((faucet) => ({ address: faucet.address, amount: BigInt(faucet.amount) })),
    hash: genesisHash,
  }
  checkWhole(genesis)
  return genesis
}

/** The genesis file: canonical JSON. */
export function encodeGenesis(genesis: Genesis): Uint8Array {
  return utf8(canonicalJson(genesisJson(genesis)))
}

/** The same for the parameters alone, in the one form that their digest is over. */
export function parametersDigest(parameters: GenesisParameters): Uint8Array {
  const { genesisHash: _, ...rest } = genesisJson({ ...parameters, hash: `0x${'00'.repeat(32)}` })
  return keccak256(utf8(canonicalJson(rest)))
}

function genesisJson(genesis: Genesis) {
  const { chainId, validator, validators, faucets, time, minBaseFee, beneficiaries, attestation, hash } = genesis
  const json = {
    version: 1 as const,
    chainId: Number(chainId),
    validator,
    time: Number(time),
    ...(minBaseFee !== undefined && { minBaseFee: String(minBaseFee) }),
    ...(validators && { validators: validators.map((one) => ({ ...one, bond: String(one.bond) })) }),
    faucets: faucets.map((faucet) => ({ address: faucet.address, amount: String(faucet.amount) })),
    beneficiaries: [...beneficiaries] as [Address, Address, Address, Address, Address, Address, Address],
    ...(attestation && { attestation: { policy: attestation.policy, developmentRoots: [...attestation.developmentRoots] } }),
    genesisHash: hash,
  }
  parseAs(genesisSchema, json, 'CHAIN_GENESIS_INVALID', 'genesis')
  checkWhole(genesis)
  return json
}

function checkWhole({ chainId, validator, validators, faucets, attestation }: GenesisParameters): void {
  const problem =
    new Set(faucets.map(({ address }) => address)).size < faucets.length
      ? 'an account is named twice among the faucets'
      : ((validators && problemWithValidators(validators, validator, faucets)) ??
        (attestation && problemWithAttestation(attestation, chainId)))
  if (problem) throw new OgError('CHAIN_GENESIS_INVALID', `genesis: ${problem}.`)
}
