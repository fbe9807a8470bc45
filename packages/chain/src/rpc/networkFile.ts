import { type NetworkFile, validatorsHashOf } from '@opengradient/protocol'
import type { Chain } from '../chain.ts'

/**
 * Seconds after genesis for which its validator is trusted: ten years. The one validator of an embedded chain never changes and can write
 * any history at any time, so that an early end would protect nobody, and lock people out of their own network.
 */
const TRUSTING_PERIOD = 10 * 365 * 24 * 3600

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
