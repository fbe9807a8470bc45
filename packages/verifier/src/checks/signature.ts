import { ADDRESSES } from '@opengradient/contracts/addresses'
import { recoverAddress } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { fail, type Outcome, pass } from '../outcome.ts'

/**
 * Whether the key that the bundle names signed this receipt for the trusted network. Alone it says only "signed by key 0x…";
 * `operator.registered` says whose key that is. Receipts of level zk are signed by the same keys; those of level tee by others.
 */
export function signature({ bundle, receiptHash, receipt, manifest, trust }: Context): Outcome {
  const { network, signer: key } = bundle
  const { level } = receipt()
  if (level !== 0 && !(level === 2 && manifest().zk !== undefined)) return fail('LEVEL_UNSUPPORTED', { level: `${level}` })
  if (network.chainId !== trust.chainId) return fail('WRONG_CHAIN', { found: `${network.chainId}`, expected: `${trust.chainId}` })
  if (network.settlement !== ADDRESSES.settlement) return fail('WRONG_SETTLEMENT', { found: network.settlement })
  const found = recoverAddress(receiptHash, bundle.signature)
  if (found !== key) return fail('SIGNER_MISMATCH', { found, key })
  return pass('signature', { key })
}
