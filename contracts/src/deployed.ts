import type { Address, Hex } from '@opengradient/protocol'
import { ADDRESSES } from './addresses.ts'
import { deployed } from './generated/deployed.ts'

/** The code of a contract of the protocol, as it is on every chain whose genesis has this version of it. */
export interface DeployedCode {
  readonly name: keyof typeof deployed
  readonly address: Address
  /** Keccak-256 of the code with zeros in place of its immutables. */
  readonly hash: Hex
  /** Where the constructor writes what is of one chain, such as its id: offset and length in bytes. */
  readonly immutables: readonly (readonly [offset: number, length: number])[]
}

/** Where the protocol's own contracts are. */
export const PLACES: Readonly<Record<keyof typeof deployed, Address>> = {
  Registry: ADDRESSES.registry,
  Models: ADDRESSES.models,
  Nodes: ADDRESSES.nodes,
  Settlement: ADDRESSES.settlement,
  History: ADDRESSES.history,
  WOPG: ADDRESSES.wopg,
  Vesting: ADDRESSES.vesting,
  Till: ADDRESSES.tillImplementation,
  Staking: ADDRESSES.staking,
  StakeVotes: ADDRESSES.stakeVotes,
  Rewards: ADDRESSES.rewards,
  HeldPayments: ADDRESSES.heldPayments,
  Attestations: ADDRESSES.attestations,
}

/** The code of all of them. */
export const deployedCodes: readonly DeployedCode[] = Object.entries(PLACES).map(([key, address]) => {
  const name = key as keyof typeof deployed
  return { name, address, ...deployed[name] }
})
