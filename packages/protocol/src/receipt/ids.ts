import { concatBytes, uintBytes, utf8 } from '../bytes/bytes.ts'
import { type Address, bytesToHex, type Hex, hexToBytes, writeHex } from '../bytes/hex.ts'
import { keccak256Hex, sha256, sha256Hex } from '../crypto/hash.ts'
import { OgError } from '../error/error.ts'

/** Payment schemes that this version knows. */
export type PaymentScheme = 'exact'

/** The id of a request: SHA-256 of the 32 random bytes that its client keeps. For look-up and retry only. */
export function requestIdOf(secret: Uint8Array): Hex {
  if (secret.length !== 32) {
    throw new OgError('REQUEST_SECRET_INVALID', `The request secret must be 32 bytes, got ${secret.length}.`)
  }
  return sha256Hex(secret)
}

/** SHA-256 of a manifest's bytes: what `Models` stores and the store serves it by. */
export function manifestHashOf(manifestBytes: Uint8Array): Hex {
  return sha256Hex(manifestBytes)
}

/** The id of a model: `SHA-256(author ‖ SHA-256(manifest bytes))`. `Models.publish` computes the same. */
export function modelIdOf(author: Address, manifestBytes: Uint8Array): Hex {
  return modelIdFromHash(author, bytesToHex(sha256(manifestBytes)))
}

/** `modelIdOf` for callers that hold the hash of the manifest and not its bytes. */
export function modelIdFromHash(author: Address, manifestHash: Hex): Hex {
  const out = new Uint8Array(52)
  writeHex(out, 0, 20, author, 'author')
  writeHex(out, 20, 32, manifestHash, 'manifestHash')
  return sha256Hex(out)
}

/** SHA-256 of a response body after content decoding; of a sealed one SHA-256 of `salt ‖` the opened body. */
export function responseHashOf(body: Uint8Array, salt?: Hex): Hex {
  return sha256Hex(salted(body, salt))
}

/** SHA-256 of an execution record's bytes as served. */
export function executionHashOf(recordBytes: Uint8Array): Hex {
  return sha256Hex(recordBytes)
}

/** The id of an authorisation: `keccak256(abi.encode(bytes32(scheme), asset, payer, nonce))`, the scheme as ASCII, zeros behind. */
export function paymentIdOf(payment: { scheme: PaymentScheme; asset: Address; payer: Address; nonce: Hex }): Hex {
  const out = new Uint8Array(128)
  out.set(utf8(payment.scheme))
  writeHex(out, 44, 20, payment.asset, 'asset')
  writeHex(out, 76, 20, payment.payer, 'payer')
  writeHex(out, 96, 32, payment.nonce, 'nonce')
  return keccak256Hex(out)
}

/** A request as its hash sees it. */
export interface RequestParts {
  /** Upper case, as in the request line. */
  method: string
  /** Path and query as in the request line, percent-encoding untouched. */
  path: string
  /** The `Content-Type` header as sent; empty if there was none. */
  contentType: string
  body: Uint8Array
  /** `Inference-Header-Content-Length`, if the body is JSON followed by binary tensors. */
  headerLength?: number
}

export const METHOD_PATTERN = /^[A-Z]{1,16}$/
export const PATH_PATTERN = /^\/[\x21-\x7e]{0,2047}$/
export const CONTENT_TYPE_PATTERN = /^(?:[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?)?$/

/**
 * `SHA-256(u32be(length of head) ‖ head ‖ body)` with head = `METHOD SP path LF content-type LF`, and for binary tensors
 * `header length LF`. Characters that could move the borders inside the head are refused with `REQUEST_HEAD_INVALID`. Of a sealed request:
 * the same over the plaintext, behind `salt` (32 bytes, drawn by its sender).
 */
export function requestHashOf({ method, path, contentType, body, headerLength }: RequestParts, salt?: Hex): Hex {
  checkHead('method', method, METHOD_PATTERN)
  checkHead('path', path, PATH_PATTERN)
  checkHead('contentType', contentType, CONTENT_TYPE_PATTERN)
  if (headerLength !== undefined && !(Number.isSafeInteger(headerLength) && headerLength >= 0)) {
    throw new OgError('REQUEST_HEAD_INVALID', `headerLength: ${headerLength} is not a length.`, { details: { field: 'headerLength' } })
  }
  const head = utf8(`${method} ${path}\n${contentType}\n${headerLength === undefined ? '' : `${headerLength}\n`}`)
  return sha256Hex(salted(concatBytes(uintBytes(head.length, 4), head, body), salt))
}

const salted = (bytes: Uint8Array, salt: Hex | undefined): Uint8Array =>
  salt === undefined ? bytes : concatBytes(hexToBytes(salt, 32, 'salt'), bytes)

function checkHead(field: string, value: string, pattern: RegExp): void {
  if (!pattern.test(value)) {
    throw new OgError('REQUEST_HEAD_INVALID', `${field}: ${JSON.stringify(value.slice(0, 64))} cannot stand in a request head.`, {
      details: { field },
    })
  }
}

/** The bytes of a request secret as the `OG-Request-Secret` header carries it: 64 lower-case hex digits after 0x. */
export function parseRequestSecret(header: string): Uint8Array {
  if (!/^0x[0-9a-f]{64}$/.test(header)) {
    throw new OgError('REQUEST_SECRET_INVALID', 'OG-Request-Secret: expected 0x and 64 lower-case hex digits.')
  }
  return hexToBytes(header as Hex)
}
