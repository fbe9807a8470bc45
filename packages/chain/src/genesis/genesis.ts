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
import { z } from 'zod'

/** What a genesis chooses. Amounts are wei, `time` unix seconds. */
export interface GenesisParameters {
  /** Drawn at random in [2^32, 2^51) by whoever makes a local network, so that nothing signed on one means anything on another. */
  readonly chainId: bigint
  readonly validator: Address
  /** Accounts that begin with money, out of the ecosystem share. */
  readonly faucets: readonly { readonly address: Address; readonly amount: bigint }[]
  readonly time: bigint
  /** Who the seven schedules of `Vesting` pay, in their order. */
  readonly beneficiaries: Beneficiaries
}

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

const genesisSchema = z.strictObject({
  version: z.literal(1),
  chainId: z
    .int()
    .min(1)
    .max(2 ** 51 - 1),
  validator: address,
  time: z.int().min(0),
  faucets: z.array(z.strictObject({ address, amount: decimalSchema(128) })).max(1_000),
  beneficiaries: z.tuple([address, address, address, address, address, address, address]),
  genesisHash: hexSchema(32),
})

const MAX_GENESIS_BYTES = 256 * 1024

/** A genesis from the bytes of its file (untrusted); throws `JSON_*` or `CHAIN_GENESIS_INVALID`. Whether the hash is right shows when the chain is created. */
export function parseGenesis(bytes: Uint8Array): Genesis {
  const json = parseStrictJson(bytes, { maxBytes: MAX_GENESIS_BYTES, maxDepth: 4 })
  const { genesisHash, chainId, time, faucets, validator, beneficiaries } = parseAs(genesisSchema, json, 'CHAIN_GENESIS_INVALID', 'genesis')
  return {
    chainId: BigInt(chainId),
    time: BigInt(time),
    validator,
    beneficiaries,
    faucets: faucets.map((faucet) => ({ address: faucet.address, amount: BigInt(faucet.amount) })),
    hash: genesisHash,
  }
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

function genesisJson({ chainId, validator, faucets, time, beneficiaries, hash }: Genesis) {
  const json = {
    version: 1 as const,
    chainId: Number(chainId),
    validator,
    time: Number(time),
    faucets: faucets.map((faucet) => ({ address: faucet.address, amount: String(faucet.amount) })),
    beneficiaries: [...beneficiaries] as [Address, Address, Address, Address, Address, Address, Address],
    genesisHash: hash,
  }
  parseAs(genesisSchema, json, 'CHAIN_GENESIS_INVALID', 'genesis')
  if (new Set(json.faucets.map((faucet) => faucet.address)).size < json.faucets.length) {
    throw new OgError('CHAIN_GENESIS_INVALID', 'genesis: an account is named twice among the faucets.')
  }
  return json
}
