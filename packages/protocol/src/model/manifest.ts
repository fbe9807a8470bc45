import * as z from 'zod'
import { utf8 } from '../bytes/bytes.ts'
import { canonicalJson } from '../json/canonical.ts'
import { parseStrictJson } from '../json/parse.ts'
import { parseAs } from '../json/schema.ts'
import { type Manifest, manifestSchema } from './schema.ts'

/** Most bytes of a manifest. */
export const MAX_MANIFEST_BYTES = 1024 * 1024

/** A manifest from untrusted bytes; throws `JSON_*` or `MANIFEST_MALFORMED`, naming the field. */
export function parseManifest(bytes: Uint8Array): Manifest {
  const json = parseStrictJson(bytes, { maxBytes: MAX_MANIFEST_BYTES, maxDepth: 16 })
  return parseAs(manifestSchema, json, 'MANIFEST_MALFORMED', 'manifest')
}

/**
 * The bytes of a manifest to publish: canonical JSON, so that the same facts give the same `modelId`. Throws as
 * `parseManifest` does: what cannot be read back is never published.
 */
export function encodeManifest(manifest: Manifest): Uint8Array {
  // First, so that a member of a wrong type is named.
  parseAs(manifestSchema, manifest, 'MANIFEST_MALFORMED', 'manifest')
  const bytes = utf8(canonicalJson(manifest))
  parseManifest(bytes)
  return bytes
}

/** JSON Schema (2020-12) of a manifest, for editors and other languages. Rules across fields are in `checkManifest` only. */
export function manifestJsonSchema(): Record<string, unknown> {
  return { title: 'OpenGradient model manifest v1', ...z.toJSONSchema(manifestSchema) }
}
