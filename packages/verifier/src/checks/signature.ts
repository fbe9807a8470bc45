import { ADDRESSES } from '@opengradient/contracts/addresses'
import { recoverAddress } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { fail, type Outcome, pass } from '../outcome.ts'

/**
 * Whether the key that the bundle names signed this receipt for the trusted network. Alone it says only "signed by key 0x…";
 * `operator.registered` says whose key that is. Levels above signature are signed by other keys, which come with their issues.
 */
export function signature({ bundle, receiptHash, receipt, trust }: Context): Outcome {
  const { network, signer: key } = bundle
  if (receipt().level !== 0) return fail('LEVEL_UNSUPPORTED', { level: `${receipt().level}` })
  if (network.chainId !== trust.chainId) return fail('WRONG_CHAIN', { found: `${network.chainId}`, expected: `${trust.chainId}` })
  if (network.settlement !== ADDRESSES.settlement) return fail('WRONG_SETTLEMENT', { found: network.settlement })
  const found = recoverAddress(receiptHash, bundle.signature)
  if (found !== key) return fail('SIGNER_MISMATCH', { found, key })
  return pass('signature', { key })
}
