import { type PublishTerms, putBytes } from '@opengradient/client'
import { chunkHashes, encodeManifest, type Hex, type Manifest, manifestHashOf, sha256Hex, utf8 } from '@opengradient/protocol'
import { bytes, coins, hash, list, members, optional, type Take, text, whole } from '@opengradient/protocol/take'
import type { Context } from '../context.ts'

/** A file of a model. */
export interface ModelFile {
  /** Relative path inside the model, such as `model.onnx`. */
  path: string
  bytes: Uint8Array
}

/** What the author says about a model; what follows from the files is computed. */
export interface PublishOptions extends Omit<Manifest, 'v' | 'files' | 'card' | 'format' | 'batch' | 'golden' | 'parent'> {
  /** `owner/name`. */
  name: string
  files: readonly ModelFile[]
  /** Markdown: what the model does, what it was trained on, what it must not be used for. */
  card: string
  format?: Manifest['format']
  batch?: Manifest['batch']
  golden?: Manifest['golden']
  parent?: NonNullable<Manifest['parent']>
  /** The author's share in basis points (1/100 %), at most 5000. */
  royaltyBps?: number
  /** The author's floor, OPG wei a request. */
  minRoyalty?: bigint
}

/** What was published, and in which transaction. */
export interface Published {
  modelId: Hex
  /** The integer model that proofs are about, recorded on chain; only of models published with `zk`. */
  zkModelId?: Hex
  version: number
  manifest: Manifest
  manifestHash: Hex
  /** Transaction. */
  hash: Hex
}

/** What is sent to a store and to the chain; all else is of the manifest, which has a schema of its own. */
export const publishOptions: Take<PublishOptions> = members({
  name: text("'alice/volatility'"),
  files: list(members({ path: text("'model.onnx'"), bytes })),
  card: text("'# What it does'"),
  royaltyBps: optional(whole(5_000)),
  minRoyalty: optional(coins),
  parent: optional(members({ modelId: hash, shareBps: whole(5_000) })),
})

/** The manifest that the options describe. @throws OgError `MANIFEST_MALFORMED` */
export function manifestFor(options: PublishOptions): Manifest {
  const { name: _name, files, card, royaltyBps: _bps, minRoyalty: _min, ...rest } = publishOptions(options, 'what is published')
  const { format = 'onnx', batch = { invariant: false, max: 1 }, golden = [], ...facts } = rest
  return {
    v: 1,
    ...facts,
    format,
    batch,
    golden,
    files: files.map(({ path, bytes }) => ({ path, size: bytes.length, sha256: sha256Hex(bytes), chunks: chunkHashes(bytes) })),
    card: sha256Hex(utf8(card)),
  }
}

/**
 * Manifest → files, card and manifest to the store → chain. Resolves when the chain proves the new version, and, if the manifest commits to an
 * integer model, the author's commitment to it: without that nobody takes payments for proofs.
 */
export async function publish(context: Context, options: PublishOptions): Promise<Published> {
  const manifest = manifestFor(options)
  const manifestBytes = encodeManifest(manifest)
  const { url, token } = context.upload()
  const put = (bytes: Uint8Array) => putBytes({ http: context.ownHttp, store: url, token, bytes })
  for (const bytes of [...options.files.map((file) => file.bytes), utf8(options.card), manifestBytes]) await put(bytes)
  const { royaltyBps, minRoyalty, parent } = options
  const terms: PublishTerms = {
    ...(royaltyBps === undefined ? {} : { royaltyBps }),
    ...(minRoyalty === undefined ? {} : { minRoyalty }),
    ...(parent ? { parent: parent.modelId, parentShareBps: parent.shareBps } : {}),
  }
  const manifestHash = manifestHashOf(manifestBytes)
  const { modelId, version, hash } = await context.writer().publish(options.name, manifestHash, terms)
  const { zk } = manifest
  if (zk === undefined) return { modelId, version, manifest, manifestHash, hash }
  await commitOnce(context, modelId, zk.commitment as Hex)
  return { modelId, zkModelId: zk.commitment as Hex, version, manifest, manifestHash, hash }
}

/** A commitment is for ever: published again, a model keeps the one that it has. */
async function commitOnce({ chain, writer }: Context, modelId: Hex, zkModelId: Hex): Promise<void> {
  const known = await chain.at(await chain.head()).zkModel(modelId)
  if (known === undefined) await writer().commitZk(modelId, zkModelId)
}
