import { base64url, fromBase64url } from '../bytes/base64.ts'
import { bytesToUint, writeUint } from '../bytes/bytes.ts'
import { bytesToHex, type Hex, writeHex } from '../bytes/hex.ts'
import { parseSignature } from '../crypto/signature.ts'
import { OgError } from '../error/error.ts'
import type { Receipt, ReceiptLevel } from './receipt.ts'

const VERSION = 1
const HASHES = ['requestId', 'paymentId', 'modelId', 'requestHash', 'responseHash', 'executionHash', 'proofRef'] as const
const LEVEL_AT = 1 + 32 * HASHES.length
const NODE_AT = LEVEL_AT + 1
const PAYER_AT = NODE_AT + 20
const PRICE_AT = PAYER_AT + 20
const ISSUED_AT = PRICE_AT + 32
const SIGNATURE_AT = ISSUED_AT + 8
const LENGTH = SIGNATURE_AT + 65
const LEVELS: readonly number[] = [0, 1, 2, 129] satisfies ReceiptLevel[]

/** Characters of every `OG-Receipt` header. */
export const RECEIPT_HEADER_LENGTH = Math.ceil((LENGTH * 4) / 3)

/** A receipt with the signature of the node's receipt key over its `receiptHash`. */
export interface SignedReceipt {
  receipt: Receipt
  /** r ‖ s ‖ v, 65 bytes. */
  signature: Hex
}

/**
 * The `OG-Receipt` header: base64url of version byte 1 ‖ the seven hashes ‖ level (u8) ‖ node ‖ payer ‖ price (u256) ‖
 * issuedAt (u64) ‖ signature, integers big-endian; 371 bytes, 495 characters.
 */
export function encodeReceiptHeader(receipt: Receipt, signature: Hex): string {
  const out = new Uint8Array(LENGTH)
  out[0] = VERSION
  for (const [i, name] of HASHES.entries()) writeHex(out, 1 + 32 * i, 32, receipt[name], name)
  out[LEVEL_AT] = receipt.level
  writeHex(out, NODE_AT, 20, receipt.node, 'node')
  writeHex(out, PAYER_AT, 20, receipt.payer, 'payer')
  writeUint(out, PRICE_AT, 32, receipt.price, 'price')
  writeUint(out, ISSUED_AT, 8, receipt.issuedAt, 'issuedAt')
  writeHex(out, SIGNATURE_AT, 65, signature, 'signature')
  return base64url(out)
}

/** The inverse of `encodeReceiptHeader`, for untrusted text: exact length, known version and level, one form of signature. */
export function decodeReceiptHeader(header: string): SignedReceipt {
  if (header.length !== RECEIPT_HEADER_LENGTH) {
    throw malformed(`expected ${RECEIPT_HEADER_LENGTH} characters, got ${header.length}`)
  }
  const bytes = decode(header)
  if (bytes[0] !== VERSION) {
    throw new OgError('RECEIPT_VERSION', `OG-Receipt: version ${bytes[0]} is unknown; this software reads ${VERSION}.`, {
      details: { version: bytes[0] },
    })
  }
  const hash = (i: number): Hex => bytesToHex(bytes.subarray(1 + 32 * i, 33 + 32 * i))
  const receipt: Receipt = {
    requestId: hash(0),
    paymentId: hash(1),
    modelId: hash(2),
    requestHash: hash(3),
    responseHash: hash(4),
    executionHash: hash(5),
    proofRef: hash(6),
    level: levelOf(bytes[LEVEL_AT]!),
    node: bytesToHex(bytes.subarray(NODE_AT, PAYER_AT)),
    payer: bytesToHex(bytes.subarray(PAYER_AT, PRICE_AT)),
    price: bytesToUint(bytes.subarray(PRICE_AT, ISSUED_AT)),
    issuedAt: bytesToUint(bytes.subarray(ISSUED_AT, SIGNATURE_AT)),
  }
  return { receipt, signature: parseSignature(bytesToHex(bytes.subarray(SIGNATURE_AT)), 'OG-Receipt signature') }
}

function decode(header: string): Uint8Array {
  try {
    return fromBase64url(header, 'OG-Receipt')
  } catch (cause) {
    throw new OgError('RECEIPT_MALFORMED', 'OG-Receipt: not canonical base64url.', { cause })
  }
}

function levelOf(byte: number): ReceiptLevel {
  if (!LEVELS.includes(byte)) throw malformed(`level ${byte} is unknown`)
  return byte as ReceiptLevel
}

function malformed(problem: string): OgError {
  return new OgError('RECEIPT_MALFORMED', `OG-Receipt: ${problem}.`)
}
