import { type Genesis, LOCAL_BENEFICIARIES } from '@opengradient/chain'
import type { Hex } from '@opengradient/protocol'

const OPG = 10n ** 18n
const account: Hex = `0x${'51'.repeat(20)}`

/** The genesis of a network with one validator. Its hash is made up: whether it is right shows only when a chain is made. */
export const sampleGenesis = (chainId = 77n): Genesis => ({
  chainId,
  validator: account,
  validators: [{ account, consensusKey: `0x${'07'.repeat(32)}`, bond: 10_000n * OPG, commissionBps: 500 }],
  faucets: [{ address: account, amount: 20_000n * OPG }],
  time: 1_800_000_000n,
  beneficiaries: LOCAL_BENEFICIARIES,
  hash: `0x${chainId.toString(16).padStart(64, '0')}`,
})
