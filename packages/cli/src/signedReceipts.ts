import {
  decodeReceiptHeader,
  isOgError,
  MAX_BUNDLE_BYTES,
  OgError,
  parseReceipt,
  parseSignature,
  parseStrictJson,
  receiptToJson,
  type SignedReceipt,
} from '@opengradient/protocol'

/** Bytes of a file with signed receipts: a bundle holds one. */
export const MAX_SIGNED_BYTES = MAX_BUNDLE_BYTES

/**
 * The signed receipts of a file, one or two: a bundle, what a node shows at `/v1/receipts/ID`, an `OG-Receipt` header, or both receipts of a
 * `NODE_SIGNED_TWICE` (from `og bundle`, or its `--json`).
 *
 * @throws OgError `USAGE`
 */
export function readSigned(bytes: Uint8Array, file: string): SignedReceipt[] {
  try {
    if (bytes.length < 1_000 && bytes[0] !== 0x7b) return [decodeReceiptHeader(new TextDecoder().decode(bytes).trim())]
    const json = parseStrictJson(bytes, { maxBytes: MAX_SIGNED_BYTES, maxDepth: 12, maxNodes: 100_000 })
    const { first, second } = bothOf(json)
    return first === undefined ? [signedOf(json)] : [signedOf(first), signedOf(second)]
  } catch (cause) {
    if (!isOgError(cause)) throw cause
    throw new OgError(
      'USAGE',
      `${file} holds no signed receipt: ${cause.message} There is one in a bundle (og bundle), at a node's /v1/receipts/ID, and in the header OG-Receipt of its answer`,
      { cause },
    )
  }
}

/** A file of both receipts of a `NODE_SIGNED_TWICE`. @param details of the error */
export function signedTwiceJson(details: Readonly<Record<string, unknown>>): string {
  const { first, second } = details as { first: SignedReceipt; second: SignedReceipt }
  return `${JSON.stringify({ first: toJson(first), second: toJson(second) }, null, 2)}\n`
}

const toJson = ({ receipt, signature }: SignedReceipt) => ({ receipt: receiptToJson(receipt), signature })

/** Both are at the top of the file, or in the details of the error. */
function bothOf(json: unknown): { first?: unknown; second?: unknown } {
  const { error } = fields(json)
  const holder = fields(error === undefined ? json : fields(error).details)
  return { first: holder.first, second: holder.second }
}

function signedOf(json: unknown): SignedReceipt {
  const { receipt, signature } = fields(json)
  return { receipt: parseReceipt(receipt), signature: parseSignature(signature) }
}

const fields = (json: unknown): Record<string, unknown> =>
  typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {}
