import { type Hex, type Tensor as JsonTensor, type Manifest, modelIdOf, OgError, type TensorSpec } from '@opengradient/protocol'
import type { Engine, EngineIdentity, Signature, TensorInfo } from '../engine/engine.ts'
import { elementsOf, type Tensor } from '../engine/tensor.ts'
import { bytesOfData } from '../oip/data.ts'
import { type ResponseTemplate, responseTemplate } from '../oip/response.ts'
import type { ExecutionFacts } from '../receipts/executionBytes.ts'
import type { Closeness, GoldenCase } from '../scheduler/golden.ts'
import type { ScheduledModel } from '../scheduler/scheduledModel.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import { type ZkServing, zkServing } from '../zk/serving.ts'
import type { ServedModel } from './pipeline.ts'
import { PlainParameters } from './plainParameters.ts'
import type { ModelFolder, ModelSource, OfferedModel } from './source.ts'

const MODEL_ID = /^0x[0-9a-f]{64}$/
/** How long a name's meaning and the list of offers are believed. */
const BELIEVED_MS = 2_000
/** Golden values of models that promise no exact bytes were computed by another library or on another machine. */
const DEFAULT_CLOSENESS: Closeness = { atol: 1e-5, rtol: 1e-3 }

/** A model that can be asked: everything a request needs, computed once. */
export interface RegisteredModel {
  readonly served: ServedModel
  readonly scheduled: ScheduledModel
  readonly signature: Signature
  readonly template: ResponseTemplate
  readonly engine: EngineIdentity
  /** What an execution record says of every run of this model. Frozen. */
  readonly ran: Pick<ExecutionFacts, 'model' | 'engine' | 'environment'>
  /** How it is answered at level zk, if it is. */
  readonly zk: ZkServing | undefined
  readonly plainParameters: PlainParameters
}

export interface RegistryOptions {
  readonly source: ModelSource
  readonly scheduler: Scheduler
  /** Engines by name: `onnx`, `onnx-exact`, `zk`. */
  readonly engines: ReadonlyMap<string, Engine>
}

/** The models of this node, opened from their source when first asked for. */
export class ModelRegistry {
  readonly #options: RegistryOptions
  readonly #open = new Map<Hex, RegisteredModel>()
  readonly #opening = new Map<Hex, Promise<RegisteredModel>>()
  readonly #names = new Map<string, { modelId: Promise<Hex>; until: number }>()
  #last: RegisteredModel | undefined
  #offers: { list: Promise<readonly OfferedModel[]>; until: number } | undefined

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  /** What the node offers. */
  offers(): Promise<readonly OfferedModel[]> {
    if (this.#offers === undefined || this.#offers.until < performance.now()) {
      this.#offers = { list: this.#options.source.list(), until: performance.now() + BELIEVED_MS }
    }
    return this.#offers.list
  }

  /**
   * Forgets models that the source no longer offers (withdrawn, price taken back), or offers at other levels: their processes end after what runs, and the next request
   * is answered by the source.
   */
  async refresh(): Promise<void> {
    const { scheduler } = this.#options
    const offered = new Map((await this.offers()).map(({ modelId, zk }) => [modelId, zk === true]))
    for (const [modelId, { scheduled, zk }] of this.#open) {
      if (offered.get(modelId) === (zk !== undefined)) continue
      this.#open.delete(modelId)
      if (this.#last?.served.modelId === modelId) this.#last = undefined
      scheduler.retire(scheduled)
      if (zk && zk.scheduled !== scheduled) scheduler.retire(zk.scheduled)
    }
  }

  /** Models opened so far. */
  opened(): Iterable<RegisteredModel> {
    return this.#open.values()
  }

  /** The model of a path, if it is open already and named by its id: the common case, without waiting. */
  peek(model: string, version: string | undefined): RegisteredModel | undefined {
    if (version !== undefined && version !== model) return undefined
    // Comparing with the last one is cheaper than hashing 66 characters that just came off the wire.
    if (this.#last?.served.modelId === model) return this.#last
    const found = this.#open.get(model as Hex)
    if (found !== undefined) this.#last = found
    return found
  }

  /**
   * The model of `/v2/models/{model}[/versions/{version}]`: `model` is an id or an `owner/name`, `version` an id.
   * @throws OgError `MODEL_NOT_FOUND`, `MODEL_WITHDRAWN`, or why it cannot be served
   */
  async find(model: string, version: string | undefined): Promise<RegisteredModel> {
    if (version !== undefined && !MODEL_ID.test(version))
      throw notFound(`Version ${JSON.stringify(version.slice(0, 80))} is not a modelId.`)
    if (MODEL_ID.test(model)) {
      if (version !== undefined && version !== model) throw notFound('Model and version name two different models.')
      return this.#get(model as Hex)
    }
    if (version === undefined) return this.#get(await this.#resolve(model))
    const offered = (await this.offers()).find(({ modelId }) => modelId === version)
    if (offered === undefined || (offered.name !== model && (await this.#resolve(model)) !== version))
      throw notFound(`${JSON.stringify(model.slice(0, 140))} has no version ${version} here.`)
    return this.#get(version as Hex)
  }

  #resolve(name: string): Promise<Hex> {
    const known = this.#names.get(name)
    if (known !== undefined && known.until >= performance.now()) return known.modelId
    const modelId = this.#options.source.resolve(name)
    if (this.#names.size > 10_000) this.#names.clear()
    this.#names.set(name, { modelId, until: performance.now() + BELIEVED_MS })
    modelId.catch(() => this.#names.delete(name))
    return modelId
  }

  #get(modelId: Hex): Promise<RegisteredModel> {
    const open = this.#open.get(modelId)
    if (open !== undefined) return Promise.resolve(open)
    let opening = this.#opening.get(modelId)
    if (opening === undefined) {
      opening = this.#register(modelId).finally(() => this.#opening.delete(modelId))
      this.#opening.set(modelId, opening)
    }
    return opening
  }

  async #register(modelId: Hex): Promise<RegisteredModel> {
    const folder = await this.#options.source.open(modelId)
    const { manifest, manifestBytes, author } = folder
    if (modelIdOf(author, manifestBytes) !== modelId)
      throw new OgError('MANIFEST_MISMATCH', `The manifest of ${modelId} is not the one that its id names.`)
    const zk = await this.#zkOf(folder)
    if (manifest.format === 'zkir') return this.#registerZkir(modelId, folder, zk)
    const engine = this.#engineOf(manifest)
    const name = (await this.offers()).find((offered) => offered.modelId === modelId)?.name
    const signature: Signature = { inputs: manifest.inputs.map(infoOf), outputs: manifest.outputs.map(infoOf) }
    const file = modelFile(manifest)
    const scheduled = this.#options.scheduler.add({
      modelId,
      engine,
      sha256: file.sha256,
      size: file.size,
      open: async () => ({ bytes: await folder.files(file.path), sha256: file.sha256 }),
      inputs: signature.inputs,
      outputs: signature.outputs,
      golden: manifest.golden.map(({ input, output }) => goldenCase(manifest, input, output)),
      closeness: manifest.class === 'exact' ? 'equal' : (manifest.tolerance ?? DEFAULT_CLOSENESS),
      batch: manifest.batch,
    })
    const identity = await engine.identity()
    const registered: RegisteredModel = {
      served: {
        modelId,
        author,
        manifest,
        manifestBytes,
        levels: zk === undefined ? ['signature'] : ['signature', 'zk'],
        ...(name === undefined ? {} : { name }),
      },
      zk,
      scheduled,
      signature,
      template: responseTemplate(name ?? modelId, modelId),
      engine: identity,
      ran: ranBy(modelId, manifest, identity),
      plainParameters: new PlainParameters(),
    }
    this.#open.set(modelId, registered)
    return registered
  }

  /** An integer model alone: what it answers is proved, or not answered. */
  async #registerZkir(modelId: Hex, folder: ModelFolder, zk: ZkServing | undefined): Promise<RegisteredModel> {
    const { manifest, manifestBytes, author } = folder
    if (zk === undefined) throw new OgError('MODEL_FORMAT_UNSUPPORTED', `This node cannot prove answers of ${modelId}.`)
    const name = (await this.offers()).find((offered) => offered.modelId === modelId)?.name
    const registered: RegisteredModel = {
      served: { modelId, author, manifest, manifestBytes, levels: ['zk'], ...(name === undefined ? {} : { name }) },
      zk,
      scheduled: zk.scheduled,
      signature: { inputs: manifest.inputs.map(infoOf), outputs: manifest.outputs.map(infoOf) },
      template: responseTemplate(name ?? modelId, modelId),
      engine: zk.engine,
      ran: ranBy(modelId, manifest, zk.engine),
      plainParameters: new PlainParameters(),
    }
    this.#open.set(modelId, registered)
    return registered
  }

  /** How a model is answered at level zk; nothing if it cannot be, here. */
  async #zkOf({ manifest, zk }: ModelFolder): Promise<ZkServing | undefined> {
    const { engines, scheduler } = this.#options
    const engine = engines.get('zk')
    if (zk === undefined || engine === undefined) return undefined
    return zkServing({ manifest, model: zk, engine, scheduler, golden: [] })
  }

  /** `exact` models run in WebAssembly, the same bytes on every machine; the rest natively. */
  #engineOf({ format, class: reproducibility }: Manifest): Engine {
    const name = format !== 'onnx' ? format : reproducibility === 'exact' ? 'onnx-exact' : 'onnx'
    const engine = this.#options.engines.get(name)
    if (engine === undefined)
      throw new OgError('MODEL_FORMAT_UNSUPPORTED', `This node has no engine "${name}" for models of the format ${format}.`)
    return engine
  }
}

/** What an execution record says of every run of a model by this engine. Frozen. */
export function ranBy(
  modelId: Hex,
  { files }: Manifest,
  { name, version, digest, device, fingerprint }: EngineIdentity,
): RegisteredModel['ran'] {
  return {
    model: Object.freeze({ modelId, files: Object.freeze(files.map(({ path, sha256 }) => Object.freeze({ path, sha256 }))) }),
    engine: Object.freeze({ name, version, digest }),
    environment: Object.freeze({ device, fingerprint }),
  }
}

function modelFile({ files }: Manifest): Manifest['files'][number] {
  const models = files.filter(({ path }) => path.endsWith('.onnx'))
  if (models.length !== 1)
    throw new OgError('MODEL_INVALID', `files: an ONNX model is one .onnx file; the manifest names ${models.length}.`, {
      details: { field: 'files', reason: 'MANIFEST' },
    })
  return models[0]!
}

function infoOf({ name, datatype, shape }: TensorSpec): TensorInfo {
  return { name, datatype, shape }
}

function goldenCase(manifest: Manifest, input: readonly JsonTensor[], output: readonly JsonTensor[]): GoldenCase {
  return {
    inputs: manifest.inputs.map(({ name }) => tensorOf(name, input)),
    outputs: manifest.outputs.map(({ name }) => tensorOf(name, output)),
  }
}

function tensorOf(name: string, tensors: readonly JsonTensor[]): Tensor {
  const { datatype, shape, data } = tensors.find((tensor) => tensor.name === name)!
  return { name, datatype, shape, data: bytesOfData(name, datatype, shape, elementsOf(shape), data) }
}

function notFound(message: string): OgError {
  return new OgError('MODEL_NOT_FOUND', message)
}
