import {
  type Bundle,
  type BundleRequest,
  type BundleSeal,
  type ExecutionRecord,
  executionHashOf,
  type Hex,
  isSealedLevel,
  type Manifest,
  modelIdOf,
  parseExecution,
  parseManifest,
  type Receipt,
  receiptHash,
  receiptInconsistency,
  requestHashOf,
} from '@opengradient/protocol'
import { fail, once, reasonOf, Stop } from './outcome.ts'

/** What a bundle claims, hashes first: nothing is parsed whose hash is not the one that the receipt names. */
export interface Claim {
  readonly bundle: Bundle
  /** The digest that the node signed. */
  readonly receiptHash: Hex
  /** The request, if the bundle holds it and it is the one that the receipt names. */
  readonly request: BundleRequest | undefined
  /** The receipt, or a stop if its fields contradict each other. */
  readonly receipt: () => Receipt
  /** The manifest, or a stop if it is not that of the model, or malformed. */
  readonly manifest: () => Manifest
  /** The execution record, or a stop if it is not the receipt's, or malformed. */
  readonly execution: () => ExecutionRecord
}

export function claimOf(given: Bundle): Claim {
  const bundle = legible(given)
  const { receipt, network, request } = bundle
  return {
    bundle,
    receiptHash: receiptHash(receipt, { chainId: BigInt(network.chainId), settlement: network.settlement }),
    request: request && requestHashOf(request, saltOf(bundle, 'requestSalt')) === receipt.requestHash ? request : undefined,
    receipt: once(() => consistent(receipt)),
    manifest: once(() => manifestOf(bundle)),
    execution: once(() => executionOf(bundle)),
  }
}

/** The salt in a hash of a sealed request or its response; receipts of other levels have none, whatever the bundle holds. */
export const saltOf = ({ receipt, seal }: Bundle, name: keyof BundleSeal): Hex | undefined =>
  isSealedLevel(receipt.level) ? seal?.[name] : undefined

/** Without the salts nothing can be said of a sealed request and its response: it is as if they were withheld. */
function legible(bundle: Bundle): Bundle {
  if (!isSealedLevel(bundle.receipt.level) || bundle.seal !== undefined) return bundle
  const { request: _request, response: _response, ...rest } = bundle
  return rest
}

function consistent(receipt: Receipt): Receipt {
  const contradiction = receiptInconsistency(receipt)
  if (contradiction) throw new Stop(fail('RECEIPT_INCONSISTENT', { reason: contradiction.message }))
  return receipt
}

function manifestOf({ receipt: { modelId }, author, manifest }: Bundle): Manifest {
  const found = modelIdOf(author, manifest)
  if (found !== modelId) throw new Stop(fail('MODEL_ID_MISMATCH', { found, modelId }))
  return strictly('MANIFEST_MALFORMED', () => parseManifest(manifest))
}

function executionOf({ receipt: { executionHash }, execution }: Bundle): ExecutionRecord {
  if (executionHashOf(execution) !== executionHash) throw new Stop(fail('EXECUTION_HASH_MISMATCH'))
  return strictly('EXECUTION_MALFORMED', () => parseExecution(execution))
}

/** What the parser gives; whatever it refuses is the one failure `code`, with the parser's reason. */
export function strictly<Value>(code: 'MANIFEST_MALFORMED' | 'EXECUTION_MALFORMED' | 'INPUT_MALFORMED', parse: () => Value): Value {
  try {
    return parse()
  } catch (error) {
    throw new Stop(fail(code, { reason: reasonOf(error) }))
  }
}
