import { ADDRESSES } from '@opengradient/contracts/addresses'
import { isSealedLevel, recoverAddress } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { fail, type Outcome, pass } from '../outcome.ts'

/**
 * Whether the key that the bundle names signed this receipt for the trusted network. Alone it says only "signed by key 0x…";
 * `operator.registered` says whose key that is: a receipt key of the node, or at levels tee and development the key of a registered keyset.
 * Level development counts only for who asks for it by name.
 */
export function signature({ bundle, receiptHash, receipt, manifest, policy, trust }: Context): Outcome {
  const { network, signer: key } = bundle
  const { level } = receipt()
  if (level !== 0 && !isSealedLevel(level) && !(level === 2 && manifest().zk !== undefined))
    return fail('LEVEL_UNSUPPORTED', { level: `${level}` })
  if (level === 129 && policy.level !== 'development') return fail('LEVEL_DEVELOPMENT')
  if (network.chainId !== trust.chainId) return fail('WRONG_CHAIN', { found: `${network.chainId}`, expected: `${trust.chainId}` })
  if (network.settlement !== ADDRESSES.settlement) return fail('WRONG_SETTLEMENT', { found: network.settlement })
  const found = recoverAddress(receiptHash, bundle.signature)
  if (found !== key) return fail('SIGNER_MISMATCH', { found, key })
  return pass('signature', { key })
}
