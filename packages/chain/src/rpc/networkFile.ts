import { type NetworkFile, validatorsHashOf } from '@opengradient/protocol'
import type { Chain } from '../chain.ts'

/** Seconds after genesis for which its validator set may be trusted: the unbonding period of 21 days. */
const TRUSTING_PERIOD = 21 * 24 * 3600

/** What a client trusts of this chain: its genesis block and the validators of genesis. */
export function networkFileOf(chain: Chain, name: string, rpcUrl: string): NetworkFile {
  const { validator, time } = chain.genesis
  return {
    name,
    chainId: Number(chain.chainId),
    genesisHash: chain.genesisHash,
    anchors: [
      { height: 0, blockHash: chain.genesisHash },
      { height: 0, validatorsHash: validatorsHashOf([validator]), time: Number(time), trustingPeriod: TRUSTING_PERIOD },
    ],
    rpcUrls: [rpcUrl],
  }
}
