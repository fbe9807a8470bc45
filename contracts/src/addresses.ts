import type { Address } from '@opengradient/protocol'

/**
 * Where everything lives: the protocol's own contracts from 0x4f47…01 ("OG") upwards, and the third-party ones at the
 * addresses that their clients expect. Solidity has the same table in `sol/Addresses.sol`; a test compares the two.
 * `governor` … `treasury` have no code yet: nobody holds a key to them, and money sent there waits for governance.
 */
export const ADDRESSES = {
  registry: '0x4f47000000000000000000000000000000000001',
  models: '0x4f47000000000000000000000000000000000002',
  nodes: '0x4f47000000000000000000000000000000000003',
  settlement: '0x4f47000000000000000000000000000000000004',
  history: '0x4f47000000000000000000000000000000000005',
  wopg: '0x4f47000000000000000000000000000000000006',
  vesting: '0x4f47000000000000000000000000000000000007',
  attestations: '0x4f47000000000000000000000000000000000008',
  staking: '0x4f47000000000000000000000000000000000009',
  rewards: '0x4f4700000000000000000000000000000000000a',
  governor: '0x4f4700000000000000000000000000000000000b',
  timelock: '0x4f4700000000000000000000000000000000000c',
  feeds: '0x4f4700000000000000000000000000000000000d',
  inference: '0x4f4700000000000000000000000000000000000e',
  treasury: '0x4f4700000000000000000000000000000000000f',
  tillImplementation: '0x4f47000000000000000000000000000000000010',
  stakeVotes: '0x4f47000000000000000000000000000000000011',
  heldPayments: '0x4f47000000000000000000000000000000000012',
  multicall3: '0xca11bde05977b3631167028862be2a173976ca11',
  create2Deployer: '0x4e59b44847b379578588920ca78fbf26c0b4956c',
} as const satisfies Record<string, Address>

/** The caller of system calls; only the executor can act as it (as in EIP-4788). */
export const SYSTEM_CALLER: Address = '0xfffffffffffffffffffffffffffffffffffffffe'

/** What the chain itself answers for, without code: see `docs/precompiles.md`. */
export const PRECOMPILES = {
  evidence: '0x0000000000000000000000000000000000000900',
  zkProof: '0x0000000000000000000000000000000000000901',
} as const satisfies Record<string, Address>
