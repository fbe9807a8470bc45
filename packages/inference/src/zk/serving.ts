import { type Hex, type Manifest, OgError } from '@opengradient/protocol'
import { decodeIr, type Ir, type ModelIo } from '@opengradient/zkml'
import type { Engine, EngineIdentity, Signature } from '../engine/engine.ts'
import { readZkir } from '../engine/zk.ts'
import type { ProvableModel } from '../proving/provers.ts'
import type { GoldenCase } from '../scheduler/golden.ts'
import type { ScheduledModel } from '../scheduler/scheduledModel.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import { checkIo } from './agree.ts'

/** A model at level zk: its integer model, scheduled beside the float model under the hash of its file. */
export interface ZkServing {
  readonly model: ProvableModel
  readonly scheduled: ScheduledModel
  readonly engine: EngineIdentity
  /** One sample, and the integer outputs behind the declared ones. */
  readonly signature: Signature
  readonly ir: Ir
  readonly io: ModelIo
}

export interface ZkServingOptions {
  readonly manifest: Manifest
  readonly model: ProvableModel
  readonly engine: Engine
  readonly scheduler: Scheduler
  /** Examples that the integer model itself must reproduce byte for byte; none where they are the float model's. */
  readonly golden: readonly GoldenCase[]
}

/** Makes a model ready to be asked at level zk. @throws OgError `MODEL_INVALID`, `STORE_*` */
export async function zkServing({ manifest, model, engine, scheduler, golden }: ZkServingOptions): Promise<ZkServing> {
  const { ir: irBytes, io, signature, zkModelId } = readZkir(await model.published())
  if (toHex(zkModelId) !== model.zkModelId)
    throw new OgError('MODEL_INVALID', 'model.zkir is another integer model than the manifest commits to.')
  checkIo(manifest, io)
  const file = manifest.files.find(({ path }) => path === ZKIR_FILE)!
  const scheduled = scheduler.add({
    // Two published models may hold the same file; other files are other models, whatever they claim to be.
    modelId: model.fileHash,
    engine,
    sha256: file.sha256,
    size: file.size,
    open: model.open,
    inputs: signature.inputs,
    outputs: signature.outputs,
    golden,
    closeness: 'equal',
    batch: { invariant: false, max: 1 },
  })
  return { model, scheduled, engine: await engine.identity(), signature, ir: decodeIr(irBytes), io }
}

/** The file of a manifest that holds its integer model. */
export const ZKIR_FILE = 'model.zkir'

const toHex = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString('hex')}`
