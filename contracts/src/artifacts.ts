import type { Address, Hex } from '@opengradient/protocol'
import { encodeAbiParameters } from 'viem'
import { ADDRESSES } from './addresses.ts'
import { PLACES } from './deployed.ts'
import { attestationsAbi } from './generated/attestations.ts'
import { creationCode } from './generated/bytecode.ts'
import { vestingAbi } from './generated/vesting.ts'

/** Creation bytecode by contract, without constructor arguments. */
export { creationCode }

/** A contract of the genesis: run `initCode` as its constructor *at* `address`, with `balance` already there, and keep what it returns. */
export interface Predeploy {
  readonly name: string
  readonly address: Address
  /** Creation bytecode, constructor arguments included. */
  readonly initCode: Hex
  /** OPG wei. */
  readonly balance: bigint
}

/** What a genesis chooses about the allocation; amounts and times are in `Vesting` itself. */
export interface Allocation {
  /** Unix seconds at which the schedules start. */
  readonly start: bigint
  /** Who is paid: ecosystem, foundation, core contributors, investors and advisors, staking rewards, liquidity and launch, airdrop. */
  readonly beneficiaries: readonly [Address, Address, Address, Address, Address, Address, Address]
  /** OPG wei that the genesis gives to faucet accounts, out of the ecosystem share. */
  readonly alreadyPaid: bigint
}

/** What a genesis chooses about TEE evidence. */
export interface Attesting {
  /** Canonical JSON of an `AttestationPolicy`, UTF-8. */
  readonly policy: Hex
  /** Certificates (DER) under which evidence counts as level 129; none on a public network. */
  readonly developmentRoots: readonly Hex[]
}

/** All the OPG there is, in wei. */
export const SUPPLY = 10n ** 27n

/**
 * Everything that has code at genesis, in the order in which constructors are to run. The balances and `alreadyPaid` sum to `SUPPLY`.
 * Multicall3's bytecode is the one viem ships; the CREATE2 deployer is Arachnid's (github.com/Arachnid/deterministic-deployment-proxy).
 */
export function predeploys(allocation: Allocation, attesting: Attesting): readonly Predeploy[] {
  const plain = (name: keyof typeof PLACES): Predeploy => ({ name, address: PLACES[name], initCode: creationCode[name], balance: 0n })
  return [
    plain('Registry'),
    plain('Models'),
    plain('Nodes'),
    plain('Settlement'),
    plain('History'),
    plain('WOPG'),
    {
      name: 'Vesting',
      address: PLACES.Vesting,
      initCode: `${creationCode.Vesting}${vestingArguments(allocation).slice(2)}`,
      balance: SUPPLY - allocation.alreadyPaid,
    },
    plain('Till'),
    plain('Staking'),
    plain('StakeVotes'),
    plain('Rewards'),
    plain('HeldPayments'),
    {
      name: 'Attestations',
      address: PLACES.Attestations,
      initCode: `${creationCode.Attestations}${attestationsArguments(attesting).slice(2)}`,
      balance: 0n,
    },
    { name: 'Multicall3', address: ADDRESSES.multicall3, initCode: creationCode.Multicall3, balance: 0n },
    { name: 'Create2Deployer', address: ADDRESSES.create2Deployer, initCode: CREATE2_DEPLOYER, balance: 0n },
  ]
}

/** 14 bytes that return the 69 bytes after them. */
const CREATE2_DEPLOYER: Hex =
  '0x604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3'

function vestingArguments({ start, beneficiaries, alreadyPaid }: Allocation): Hex {
  const inputs = vestingAbi.find((item) => item.type === 'constructor')!.inputs
  return encodeAbiParameters(inputs, [start, [...beneficiaries], alreadyPaid])
}

function attestationsArguments({ policy, developmentRoots }: Attesting): Hex {
  const inputs = attestationsAbi.find((item) => item.type === 'constructor')!.inputs
  return encodeAbiParameters(inputs, [policy, [...developmentRoots]])
}
