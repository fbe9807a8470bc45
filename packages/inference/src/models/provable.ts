import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesToHex, type Hex, type Manifest, OgError } from '@opengradient/protocol'
import { MAX_ZKIR_BYTES } from '@opengradient/zkml'
import { fileHash } from '../engine/fileHash.ts'
import { readZkir } from '../engine/zk.ts'
import type { ProvableModel } from '../proving/provers.ts'
import { checkIo } from '../zk/agree.ts'
import { ZKIR_FILE } from '../zk/serving.ts'
import type { Downloads } from './download.ts'

export interface ProvableOptions {
  readonly modelId: Hex
  readonly manifest: Manifest
  /** The integer model that the author committed the model to on chain, if to any. */
  readonly committed: Hex | undefined
  readonly downloads: Pick<Downloads, 'file'>
  /** Folder of the operator's own `.zkir` files with committed weights: `ZKMODELID.zkir`, without 0x. */
  readonly weightsDir: string
}

/** The statements that this software makes. */
const STATEMENT_VERSION = 1

/**
 * A model whose answers can be proved here: manifest, chain and file name the same integer model, and its weights are in the file or, if they
 * are committed, on this node. Whether file and weights are what they claim is found out by the first proof.
 * @throws OgError `MODEL_INVALID`, `STORE_*`, `MODEL_FORMAT_UNSUPPORTED`
 */
export async function provableModel({ modelId, manifest, committed, downloads, weightsDir }: ProvableOptions): Promise<ProvableModel> {
  const { zk } = manifest
  const file = manifest.files.find(({ path }) => path === ZKIR_FILE)
  if (zk === undefined || file === undefined) throw invalid(`the manifest names no integer model, or no file ${ZKIR_FILE}`)
  if (zk.statementVersion !== STATEMENT_VERSION)
    throw new OgError('MODEL_FORMAT_UNSUPPORTED', `Statements of version ${zk.statementVersion} are not known to this node.`)
  if (file.size > MAX_ZKIR_BYTES) throw invalid(`${ZKIR_FILE} has ${file.size} bytes; no integer model has more than ${MAX_ZKIR_BYTES}`)
  if (committed !== zk.commitment)
    throw invalid(`the manifest names the integer model ${zk.commitment}, the author committed on chain to ${committed ?? 'none'}`)
  const zkModelId = zk.commitment
  const published = () => downloads.file(file)
  const { weights, zkModelId: found, io } = readZkir(await published())
  if (bytesToHex(found) !== zkModelId) throw invalid(`${ZKIR_FILE} is the integer model ${bytesToHex(found)}, not ${zkModelId}`)
  checkIo(manifest, io)
  if (weights !== undefined)
    return { modelId, zkModelId, fileHash: file.sha256, published, open: async () => ({ bytes: await published(), sha256: file.sha256 }) }
  const path = join(weightsDir, `${zkModelId.slice(2)}.zkir`)
  await ownCopy(path, zkModelId)
  return {
    modelId,
    zkModelId,
    fileHash: file.sha256,
    published,
    open: async () => {
      const bytes = await ownCopy(path, zkModelId)
      return { bytes, sha256: await fileHash(bytes) }
    },
  }
}

/** The operator's file with the weights of a model that commits to them. */
async function ownCopy(path: string, zkModelId: Hex): Promise<Uint8Array> {
  const bytes = await readFile(path).catch(() => undefined)
  if (bytes === undefined) throw invalid(`its weights are committed, and this node has no file ${path} with them`)
  const { weights, zkModelId: found } = readZkir(bytes)
  if (bytesToHex(found) !== zkModelId || weights === undefined) throw invalid(`${path} is another model, or has no weights`)
  return bytes
}

function invalid(reason: string): OgError {
  return new OgError('MODEL_INVALID', `Level zk: ${reason}.`, { details: { reason: 'ZK' } })
}
