import { ADDRESSES } from '@opengradient/contracts/addresses'
import { OgError } from '@opengradient/protocol'
import { type Chain, defineChain } from 'viem'

/** The network as viem wants it described. Transactions are signed for this `chainId`, whatever an RPC says. */
export function chainDefinition(chainId: number): Chain {
  if (!Number.isSafeInteger(chainId) || chainId < 1)
    throw new OgError(
      'CONFIG_INVALID',
      `chainId has to be a whole number above zero; it is ${typeof chainId === 'number' ? chainId : `a ${typeof chainId}`}`,
    )
  return defineChain({
    id: chainId,
    name: 'OpenGradient',
    nativeCurrency: { name: 'OPG', symbol: 'OPG', decimals: 18 },
    rpcUrls: { default: { http: [] } },
    contracts: { multicall3: { address: ADDRESSES.multicall3 } },
  })
}
