import { type ChainFacts, fetchBytes, type Http, type ModelFact } from '@opengradient/client'
import { type Hex, MAX_MANIFEST_BYTES, type Manifest, OgError, parseManifest } from '@opengradient/protocol'

/** A model as the network has it, its manifest verified against the hash on chain. */
export interface LoadedModel {
  modelId: Hex
  /** As the caller named it. */
  asked: string
  fact: ModelFact
  manifest: Manifest
  manifestBytes: Uint8Array
}

/** Files by their hash; `fetchBytes` over the configured stores. */
export type FileSource = (sha256: Hex, maxBytes: number) => Promise<Uint8Array>

/** Files that are remembered, and the size up to which they are. */
const KEPT = 64
const KEPT_BYTES = 1 << 20

/** A source that asks stores, once for all who want the same file now, and remembers the last small files it fetched. */
export function fileSource(http: Http, stores: readonly string[]): FileSource {
  const kept = new Map<Hex, Uint8Array>()
  const coming = new Map<string, Promise<Uint8Array>>()
  const fetched = async (sha256: Hex, maxBytes: number) => {
    const bytes = await fetchBytes({ http, peers: stores, sha256, maxBytes, timeoutMs: 60_000 })
    if (bytes.length > KEPT_BYTES) return bytes
    kept.set(sha256, bytes)
    const [oldest] = kept.keys()
    if (kept.size > KEPT && oldest) kept.delete(oldest)
    return bytes
  }
  return async (sha256, maxBytes) => {
    const known = kept.get(sha256)
    if (known) return known
    const key = `${sha256} ${maxBytes}`
    const bytes = coming.get(key) ?? fetched(sha256, maxBytes).finally(() => coming.delete(key))
    coming.set(key, bytes)
    return bytes
  }
}

/**
 * Resolves `owner/name` or a model id, and fetches the manifest by its hash.
 *
 * @throws OgError `MODEL_NOT_FOUND`, `MODEL_WITHDRAWN` (names only: an id always means itself), `MODEL_NAME_INVALID`, `STORE_NOT_FOUND`,
 * `STORE_UNREACHABLE`, `MANIFEST_MALFORMED`
 */
export async function loadModel(facts: ChainFacts, files: FileSource, model: string): Promise<LoadedModel> {
  const modelId = await modelIdOfReference(facts, model)
  const fact = await facts.model(modelId)
  if (!fact) throw new OgError('MODEL_NOT_FOUND', `no model ${modelId} is published`)
  const manifestBytes = await files(fact.manifestHash, MAX_MANIFEST_BYTES)
  return { modelId, asked: model, fact, manifestBytes, manifest: parseManifest(manifestBytes) }
}

/** The model that `owner/name` or a model id means now. @throws OgError `MODEL_NOT_FOUND`, `MODEL_WITHDRAWN`, `MODEL_NAME_INVALID` */
export async function modelIdOfReference(facts: ChainFacts, model: string): Promise<Hex> {
  if (/^0x[0-9a-f]{64}$/.test(model)) return model as Hex
  const found = await facts.resolve(model)
  if (!found)
    throw new OgError('MODEL_NOT_FOUND', `no model is published as ${model}; og.models.search or \`og models search\` lists what there is`)
  if (found.withdrawn)
    throw new OgError(
      'MODEL_WITHDRAWN',
      `version ${found.version} of ${model}, the newest, was withdrawn by its owner; name an older one by its model id if you want it`,
      {
        details: { modelId: found.modelId, version: found.version },
      },
    )
  return found.modelId
}
