import * as z from 'zod'
import { batchCodec } from '../batch/batch.ts'
import { utf8 } from '../bytes/bytes.ts'
import { OgError } from '../error/error.ts'
import { MAX_EXECUTION_BYTES } from '../execution/execution.ts'
import { canonicalJson } from '../json/canonical.ts'
import { parseStrictJson } from '../json/parse.ts'
import { base64Codec, hexSchema, hexUpTo, parseAs, schemaError, uintCodec } from '../json/schema.ts'
import { finalitySchema } from '../light/finality.ts'
import { MAX_HEADER_BYTES } from '../light/header.ts'
import { MAX_MANIFEST_BYTES } from '../model/manifest.ts'
import { CONTENT_TYPE_PATTERN, METHOD_PATTERN, PATH_PATTERN } from '../receipt/ids.ts'
import { receiptCodec } from '../receipt/receipt.ts'
import { MAX_CMW_BYTES } from '../tee/cmw/schema.ts'
import { MAX_DEVELOPMENT_ROOTS } from '../tee/precompile.ts'
import { type Bundle, MAX_BUNDLE_BYTES } from './bundle.ts'

const MAX_BODY_BYTES = 48 * 1024 * 1024
/** What a verifier of proofs reads at most (`packages/zkml/SPEC.md`, 9.1). */
const MAX_PROOF_BYTES = 2 * 1024 * 1024
/** What a policy for evidence has at most (`parsePolicy` of `@opengradient/attestation`), and a certificate. */
const MAX_POLICY_BYTES = 131_072
const MAX_ROOT_BYTES = 16_384
const hash = hexSchema(32)
const address = hexSchema(20)
const signature = hexSchema(65)
const contentType = z.string().regex(CONTENT_TYPE_PATTERN)
const body = base64Codec(MAX_BODY_BYTES)

/** A Merkle-Patricia proof: at most one node a nibble of a 32-byte key, and the root. */
const proof = z.array(hexUpTo(2048)).max(65)
const slot = z.strictObject({ slot: hash, proof })
const header = hexUpTo(MAX_HEADER_BYTES)

const chainCodec = z.strictObject({
  header,
  commit: finalitySchema,
  accounts: z.array(z.strictObject({ address, proof, storage: z.array(slot).max(64) })).max(16),
  history: z.exactOptional(
    z.strictObject({ header, commit: finalitySchema, account: proof, count: slot, peak: slot, path: z.array(hash).max(63) }),
  ),
})

/** A bundle between its JSON form (left) and its TypeScript form (right): bytes are base64, big integers decimal strings. */
export const bundleCodec = z.strictObject({
  version: z.literal(1),
  network: z.strictObject({ chainId: z.int().min(1), settlement: address }),
  receipt: receiptCodec,
  signature,
  signer: address,
  execution: base64Codec(MAX_EXECUTION_BYTES),
  manifest: base64Codec(MAX_MANIFEST_BYTES),
  author: address,
  request: z.exactOptional(
    z.strictObject({
      method: z.string().regex(METHOD_PATTERN),
      path: z.string().regex(PATH_PATTERN),
      contentType,
      headerLength: z.exactOptional(z.int().min(0)),
      body,
    }),
  ),
  response: z.exactOptional(z.strictObject({ contentType, body })),
  payment: z.exactOptional(
    z.strictObject({
      scheme: z.literal('exact'),
      asset: address,
      payer: address,
      nonce: hash,
      value: uintCodec(256),
      validAfter: uintCodec(256),
      validBefore: uintCodec(256),
      signature: hexUpTo(2048),
    }),
  ),
  inclusion: z.exactOptional(z.strictObject({ leaf: hash, path: z.array(hash).max(32), batch: batchCodec, signature })),
  chain: z.exactOptional(chainCodec),
  zk: z.exactOptional(z.strictObject({ model: body, proof: base64Codec(MAX_PROOF_BYTES) })),
  tee: z.exactOptional(
    z.strictObject({
      cmw: base64Codec(MAX_CMW_BYTES),
      policy: z.exactOptional(base64Codec(MAX_POLICY_BYTES)),
      developmentRoots: z.exactOptional(z.array(base64Codec(MAX_ROOT_BYTES)).min(1).max(MAX_DEVELOPMENT_ROOTS)),
    }),
  ),
  seal: z.exactOptional(z.strictObject({ requestSalt: hash, responseSalt: hash })),
})

/** A bundle from untrusted bytes; throws `JSON_*` or `BUNDLE_*`, naming the field. Only the form is checked. */
export function parseBundle(bytes: Uint8Array): Bundle {
  if (bytes.length > MAX_BUNDLE_BYTES) throw tooLarge(bytes.length)
  const json = parseStrictJson(bytes, { maxBytes: MAX_BUNDLE_BYTES, maxDepth: 12, maxNodes: 100_000 })
  const version = typeof json === 'object' && json !== null && 'version' in json ? json.version : undefined
  if (typeof version === 'number' && version !== 1) {
    throw new OgError('BUNDLE_VERSION', `Bundle version ${version} is unknown; this software reads version 1.`, { details: { version } })
  }
  return parseAs(bundleCodec, json, 'BUNDLE_MALFORMED', 'bundle')
}

/** The bytes of a bundle: canonical JSON. Throws `BUNDLE_MALFORMED` or `BUNDLE_TOO_LARGE`. */
export function encodeBundle(bundle: Bundle): Uint8Array {
  const json = z.safeEncode(bundleCodec, bundle)
  if (!json.success) throw schemaError(json.error, 'BUNDLE_MALFORMED', 'bundle')
  const bytes = utf8(canonicalJson(json.data))
  if (bytes.length > MAX_BUNDLE_BYTES) throw tooLarge(bytes.length)
  return bytes
}

function tooLarge(bytes: number): OgError {
  return new OgError('BUNDLE_TOO_LARGE', `The bundle has ${bytes} bytes; the limit is ${MAX_BUNDLE_BYTES}. Withhold the bodies.`, {
    details: { bytes, limit: MAX_BUNDLE_BYTES },
  })
}
