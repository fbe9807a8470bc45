import { ADDRESSES } from '@opengradient/contracts/addresses'
import { type Chain, defineChain } from 'viem'

/** The network as viem wants it described. Transactions are signed for this `chainId`, whatever an RPC says. */
export function chainDefinition(chainId: number): Chain {
  return defineChain({
    id: chainId,
    name: 'OpenGradient',
    nativeCurrency: { name: 'OPG', symbol: 'OPG', decimals: 18 },
    rpcUrls: { default: { http: [] } },
    contracts: { multicall3: { address: ADDRESSES.multicall3 } },
  })
}
