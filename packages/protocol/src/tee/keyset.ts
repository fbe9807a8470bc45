import { sha512 } from '@noble/hashes/sha2.js'
import * as z from 'zod'
import { concatBytes, equalBytes, utf8 } from '../bytes/bytes.ts'
import { type Address, bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts'
import { sha256, sha256Hex } from '../crypto/hash.ts'
import { OgError } from '../error/error.ts'
import { canonicalJson } from '../json/canonical.ts'
import { parseStrictJson } from '../json/parse.ts'
import { hexSchema, parseAs, schemaError, uintCodec } from '../json/schema.ts'
import { isError } from '../realm/realm.ts'

/** Most bytes of an encoded keyset, most seconds that one may be valid for, and most models in one. */
export const MAX_KEYSET_BYTES = 8_192
export const MAX_KEYSET_SECONDS = 86_400n
export const MAX_KEYSET_MODELS = 64

/** What evidence is bound to: prefix of `reportDataOf`. */
const REPORT_DATA = utf8('opengradient/att/v1')

/**
 * The keys that an enclave drew and bound into its evidence, with what they are for. Both private keys exist only inside the enclave, in
 * memory, and are erased after `notAfter`.
 */
export interface Keyset {
  readonly v: 1
  readonly chainId: bigint
  /** Operator account in `Nodes`. */
  readonly node: Address
  /** Unix seconds; valid while `notBefore <= time < notAfter`, at most 24 hours. */
  readonly notBefore: bigint
  readonly notAfter: bigint
  /** Address of the secp256k1 key that signs receipts. */
  readonly sign: Address
  /** X25519 public key that request bodies are sealed to, 32 bytes. */
  readonly hpke: Hex
  /** The models that the enclave has loaded: ascending, none twice, 1 to 64. */
  readonly modelIds: readonly Hex[]
  /** SHA-256 of what the enclave says that it runs: engines and their digests. 32 bytes. */
  readonly runtimeDigest: Hex
}

const codec = z
  .strictObject({
    v: z.literal(1),
    chainId: uintCodec(64),
    node: hexSchema(20),
    notBefore: uintCodec(64),
    notAfter: uintCodec(64),
    sign: hexSchema(20),
    hpke: hexSchema(32),
    modelIds: z.array(hexSchema(32)).min(1).max(MAX_KEYSET_MODELS),
    runtimeDigest: hexSchema(32),
  })
  .refine(({ notBefore, notAfter }) => notBefore < notAfter, { path: ['notAfter'], error: 'must be later than notBefore' })
  .refine(({ notBefore, notAfter }) => notAfter - notBefore <= MAX_KEYSET_SECONDS, {
    path: ['notAfter'],
    error: `must be at most ${MAX_KEYSET_SECONDS} seconds after notBefore`,
  })
  .refine(({ modelIds }) => modelIds.every((id, i) => i === 0 || modelIds[i - 1]! < id), {
    path: ['modelIds'],
    error: 'must be in ascending order, none twice',
  })

/** The bytes of a keyset: canonical JSON, integers as decimal strings. Throws `KEYSET_MALFORMED`. */
export function encodeKeyset(keyset: Keyset): Uint8Array {
  const json = z.safeEncode(codec, { ...keyset, modelIds: [...keyset.modelIds] })
  if (!json.success) throw schemaError(json.error, 'KEYSET_MALFORMED', 'keyset')
  return utf8(canonicalJson(json.data))
}

/** A keyset from untrusted bytes, which must be exactly those that `encodeKeyset` writes. Throws `KEYSET_MALFORMED`. Says nothing about time. */
export function parseKeyset(bytes: Uint8Array): Keyset {
  const keyset = parseAs(codec, read(bytes), 'KEYSET_MALFORMED', 'keyset')
  if (!equalBytes(encodeKeyset(keyset), bytes)) throw new OgError('KEYSET_MALFORMED', 'keyset: the bytes are not canonical JSON.')
  return keyset
}

function read(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(bytes, { maxBytes: MAX_KEYSET_BYTES, maxDepth: 2, maxNodes: 128 })
  } catch (cause) {
    throw new OgError('KEYSET_MALFORMED', `keyset: ${isError(cause) ? cause.message : 'not JSON.'}`, { cause })
  }
}

/** What names a keyset everywhere (receipts' `proofRef`, `Attestations`): SHA-256 of its bytes. */
export const keysetDigest = (keyset: Uint8Array): Hex => sha256Hex(keyset)

/**
 * The 64 bytes that the hardware signs: `SHA-512("opengradient/att/v1" ‖ SHA-256(keyset) ‖ nonce)`. `nonce`: 32 bytes; the hash of a recent
 * block when the evidence is for registration, otherwise drawn by whoever asks.
 */
export function reportDataOf(keyset: Uint8Array, nonce: Uint8Array): Uint8Array {
  const fixed = hexToBytes(bytesToHex(nonce), 32, 'nonce')
  return sha512(concatBytes(REPORT_DATA, sha256(keyset), fixed))
}
