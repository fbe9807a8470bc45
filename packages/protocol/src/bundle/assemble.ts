import { leafOf, rootFromPath } from '../batch/merkle.ts'
import type { Hex } from '../bytes/hex.ts'
import { recoverAddress } from '../crypto/signature.ts'
import { OgError } from '../error/error.ts'
import { executionHashOf, modelIdOf, paymentIdOf, requestHashOf, responseHashOf } from '../receipt/ids.ts'
import { isSealedLevel, receiptHash } from '../receipt/receipt.ts'
import type { Bundle } from './bundle.ts'

/** The parts of a bundle; version and signer follow from them. */
export type BundleParts = Omit<Bundle, 'version' | 'signer'>

/**
 * Puts the parts of a bundle together and checks that they belong together, so that nobody hands out a bundle that fails
 * for a reason of bookkeeping. Throws `BUNDLE_INCONSISTENT` naming the two parts that disagree. Signer is whoever signed.
 */
export function assembleBundle(parts: BundleParts): Bundle {
  const { receipt, request, response, payment, inclusion, seal } = parts
  const domain = { chainId: BigInt(parts.network.chainId), settlement: parts.network.settlement }
  const hash = receiptHash(receipt, domain)
  agree('modelId', 'author and manifest', receipt.modelId, modelIdOf(parts.author, parts.manifest))
  agree('executionHash', 'execution', receipt.executionHash, executionHashOf(parts.execution))
  if (seal && !isSealedLevel(receipt.level)) {
    const message = `The bundle holds salts of a sealed request, but a receipt of level ${receipt.level} is not about one.`
    throw new OgError('BUNDLE_INCONSISTENT', message, { details: { field: 'level', part: 'seal' } })
  }
  if (request) agree('requestHash', 'request', receipt.requestHash, requestHashOf(request, seal?.requestSalt))
  if (response) agree('responseHash', 'response', receipt.responseHash, responseHashOf(response.body, seal?.responseSalt))
  if (payment) agree('paymentId', 'payment', receipt.paymentId, paymentIdOf(payment))
  if (inclusion) {
    agree('hash', 'inclusion.leaf', leafOf(hash), inclusion.leaf)
    agree('batch', 'inclusion.path', inclusion.batch.root, rootFromPath(inclusion.leaf, inclusion.path))
  }
  return { version: 1, ...parts, signer: recoverAddress(hash, parts.signature) }
}

function agree(field: string, part: string, named: Hex, found: Hex): void {
  if (named !== found) {
    throw new OgError('BUNDLE_INCONSISTENT', `The receipt's ${field} is ${named}, but ${part} gives ${found}.`, {
      details: { field, part, named, found },
    })
  }
}
