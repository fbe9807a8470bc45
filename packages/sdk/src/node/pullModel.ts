import { join } from 'node:path'
import { webHttp } from '@opengradient/client'
import { fetchFile, type PeerFault } from '@opengradient/client/node'
import type { Hex, Manifest } from '@opengradient/protocol'
import * as t from '@opengradient/protocol/take'
import { LONGEST_MS, unprepared, within } from '../infer/limit.ts'
import { requireSize } from '../models/models.ts'
import type { OpenGradient } from '../openGradient.ts'
import { replace } from './disk.ts'
import { MANIFEST, requireFree, requirePlain } from './pullFolder.ts'

/** Where the files of a model go, and where they come from. */
export interface PullOptions {
  /** Folder for the files; made when absent. */
  into: string
  /** Addresses of stores. */
  stores: readonly string[]
  /** Most bytes that all files together may have (100 GiB). */
  maxBytes?: number
  signal?: AbortSignal
  /** Hears of peers that misbehave. */
  onFault?: (fault: PeerFault) => void
}

const GIVEN = [
  ['og', t.members({ models: t.having('that of a connection', 'show') })],
  ['model', t.model],
  [
    'options',
    t.options({
      into: t.folder,
      stores: t.list(t.url),
      maxBytes: t.optional(t.positive('bytes')),
      signal: t.optional(t.signal),
      onFault: t.optional(t.callable('({ peer }) => console.log(peer)')),
    }),
  ],
] as const

/**
 * Fetches a model to disk: manifest.json and the files that it names, in chunks from all stores at once, verified, continuing where an
 * earlier call stopped. Paths come from the manifest, whose parser refuses any that leave the folder; files in it that are none of a pull's are
 * never replaced.
 *
 * @throws OgError `MODEL_INVALID` (too large, or with files that no folder takes from a stranger), `CONFIG_INVALID` (something else is there), and
 * as `models.show` and `fetchFile`
 */
export async function pullModel(og: OpenGradient, model: string, options: PullOptions): Promise<{ modelId: Hex; manifest: Manifest }> {
  const [, , { into, stores, maxBytes = 100 * 2 ** 30, signal, onFault }] = t.takeAll(GIVEN, [og, model, options]) as [
    unknown,
    unknown,
    PullOptions,
  ]
  const limit = { deadline: performance.now() + LONGEST_MS, signal }
  const { modelId, manifest, manifestBytes } = await within(limit, () => og.models.show(model), unprepared)
  requireSize(manifest, maxBytes)
  requirePlain(manifest)
  await requireFree(into, manifest)
  const http = webHttp(fetch)
  for (const file of manifest.files) {
    const { path, ...wanted } = file
    await fetchFile({
      http,
      peers: stores,
      ...wanted,
      into: join(into, path),
      maxBytes,
      ...(signal ? { signal } : {}),
      ...(onFault ? { onFault } : {}),
    })
  }
  // It says what the other files are.
  await replace(join(into, MANIFEST), manifestBytes, 0o666)
  return { modelId, manifest }
}
