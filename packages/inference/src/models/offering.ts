import type { ChainClient, ChainFacts } from '@opengradient/client'
import { type Address, type Hex, isOgError, type Manifest, modelIdOf, OgError, parseManifest, sha256Hex } from '@opengradient/protocol'
import type { ProvableModel } from '../proving/provers.ts'
import type { ModelFolder, ModelSource, OfferedModel } from '../server/source.ts'
import type { Downloads } from './download.ts'
import { Pricing, type PricingOptions } from './pricing.ts'
import { provableModel } from './provable.ts'
import { Published } from './published.ts'
import { Retries } from './retries.ts'

export interface OfferingOptions extends PricingOptions {
  client: ChainClient
  downloads: Downloads
  /** Every published model, or these. */
  serve: 'all' | readonly Hex[]
  /** Formats that this node has engines for. */
  formats: readonly string[]
  /** Where the operator keeps committed weights; without it nothing is offered at level zk. */
  weightsDir?: string
  /** Monotonic milliseconds (the system's). */
  now?: () => number
}

interface Offered {
  modelId: Hex
  name?: string
  author: Address
  manifest: Manifest
  manifestBytes: Uint8Array
  /** OPG wei. */
  minRoyalty: bigint
  zk?: ProvableModel
}

/** A store that was down is asked again this soon. */
const MOST_MS = 60_000
/** The files of an integer model are long, and read whole. */
const MOST_ZK_MS = 600_000
/** What is wrong with the manifest itself, which nobody can change. */
const FOR_EVER = /^(?:MANIFEST|JSON)_|^MODEL_FORMAT_UNSUPPORTED$/
/** Nothing that is wrong with a model. */
const OF_THE_CHAIN = /^(?:CHAIN|RPC|COMMIT|UNTRUSTED)_|^INTERRUPTED$/

/**
 * Which models this node offers: those it is told to serve, that are published and not withdrawn, whose manifest its stores have,
 * and that have an active price of this node on chain.
 */
export class Offering implements ModelSource {
  readonly #options: OfferingOptions
  #offered = new Map<Hex, Offered>()
  readonly #published = new Published()
  readonly #pricing: Pricing
  /** Models that are not offered, or without level zk, or have no price. */
  readonly #skipped: Retries<Hex>
  readonly #unproved: Retries<Hex>
  readonly #unpriced: Retries<Hex>

  constructor(options: OfferingOptions) {
    this.#options = options
    const { now = () => performance.now() } = options
    this.#skipped = new Retries(MOST_MS, now)
    this.#unproved = new Retries(MOST_ZK_MS, now)
    this.#unpriced = new Retries(MOST_MS, now)
    this.#pricing = new Pricing(options, this.#unpriced)
  }

  async list(): Promise<readonly OfferedModel[]> {
    return [...this.#offered.values()].map(({ modelId, name, zk }) => ({
      modelId,
      zk: zk !== undefined,
      ...(name !== undefined && { name }),
    }))
  }

  /** Models that an engine runs as they are; not those whose answers are proofs alone. */
  async runnable(): Promise<Hex[]> {
    return [...this.#offered.values()].filter(({ manifest }) => manifest.format !== 'zkir').map(({ modelId }) => modelId)
  }

  async open(modelId: Hex): Promise<ModelFolder> {
    const offered = this.#offered.get(modelId)
    if (!offered) throw new OgError('MODEL_NOT_SERVED', `This node does not offer ${modelId}.`)
    const { author, manifest, manifestBytes, zk } = offered
    const files = (path: string) => {
      const file = manifest.files.find((candidate) => candidate.path === path)
      if (!file) throw new OgError('MODEL_INVALID', `The manifest of ${modelId} names no file ${path}.`)
      return this.#options.downloads.file(file)
    }
    return { author, manifest, manifestBytes, files, ...(zk && { zk }) }
  }

  async resolve(name: string): Promise<Hex> {
    // Whoever asks for names that nobody published costs the full node nothing.
    const found = this.#published.has(name) ? await this.#options.client.resolve(name) : undefined
    if (!found) throw new OgError('MODEL_NOT_FOUND', `No model ${JSON.stringify(name)} is published.`)
    if (found.withdrawn) throw new OgError('MODEL_WITHDRAWN', `The author of ${name} has withdrawn its newest version.`)
    return found.modelId
  }

  /**
   * Brings the offer up to date with the chain at block `height` or later. A model that cannot be offered keeps no other one from it.
   * @param full tries what failed again now, however often it did
   * @returns milliseconds after which there is something to try again; infinite if there is nothing
   */
  async refresh(height: number, full = false): Promise<number> {
    const { client, view, serve } = this.#options
    const facts = client.at(await client.head({ atLeast: height }))
    const wanted = await this.#published.wanted(facts, serve, this.#offered)
    const retries = [this.#skipped, this.#unproved, this.#unpriced]
    for (const each of retries) {
      each.keep(wanted)
      if (full) each.again()
    }
    const known = await Promise.all([...wanted].map(([modelId, name]) => this.#know(facts, modelId, name)))
    const candidates = known.filter((model) => model !== undefined)
    await this.#pricing.set(facts, candidates)
    view.watch(new Map(candidates.map(({ modelId, minRoyalty }) => [modelId, minRoyalty])))
    await view.refreshOffers()
    for (const { modelId } of candidates) this.#pricing.warnIfTooCheap(modelId)
    this.#offered = new Map(candidates.filter(({ modelId }) => view.rates(modelId)).map((model) => [model.modelId, model]))
    return Math.min(...retries.map((each) => each.next()))
  }

  /** A model with its manifest, or nothing if this node cannot serve it (said once in the log), or not yet. */
  async #know(facts: ChainFacts, modelId: Hex, name: string | undefined): Promise<Offered | undefined> {
    const before = this.#offered.get(modelId)
    if (!before && !this.#skipped.due(modelId)) return undefined
    if (before) return before.zk || !before.manifest.zk ? before : this.#withZk(facts, before)
    try {
      const model = await facts.model(modelId)
      if (!model) throw new OgError('MODEL_NOT_FOUND', `${modelId} is not published.`)
      const manifestBytes = await this.#options.downloads.manifest(model.manifestHash)
      const manifest = parseManifest(manifestBytes)
      if (modelIdOf(model.author, manifestBytes) !== modelId)
        throw new OgError('MANIFEST_MISMATCH', `The manifest is not the one of ${modelId}.`)
      if (!this.#options.formats.includes(manifest.format)) {
        throw new OgError('MODEL_FORMAT_UNSUPPORTED', `This node has no engine for the format ${manifest.format}.`)
      }
      const { author, minRoyalty } = model
      const offered = { modelId, author, minRoyalty, manifest, manifestBytes, ...(name !== undefined && { name }) }
      const known =
        manifest.format === 'zkir' ? { ...offered, zk: await this.#provable(facts, offered) } : await this.#withZk(facts, offered)
      this.#skipped.succeeded(modelId)
      return known
    } catch (error) {
      if (!isOgError(error) || OF_THE_CHAIN.test(error.code)) throw error
      if (this.#skipped.failed(modelId, FOR_EVER.test(error.code)))
        this.#options.log.warn({ modelId, name, code: error.code, reason: error.message }, 'a model is not offered')
      return undefined
    }
  }

  /** The model of a proof that this node owes, whether it is offered still or not. @throws OgError why it cannot be proved here */
  async provable(modelId: Hex): Promise<ProvableModel> {
    const offered = this.#offered.get(modelId)
    if (offered?.zk) return offered.zk
    const { client, downloads } = this.#options
    const facts = client.at(await client.head())
    const model = await facts.model(modelId)
    if (!model) throw new OgError('MODEL_NOT_FOUND', `${modelId} is not published.`)
    const manifestBytes = await downloads.manifest(model.manifestHash)
    return this.#provable(facts, { modelId, manifest: parseManifest(manifestBytes), manifestBytes })
  }

  /** The model with level zk, if it can be proved here; if it cannot, that is said once in the log, and it is offered without. */
  async #withZk(facts: ChainFacts, offered: Offered): Promise<Offered> {
    const { log, weightsDir } = this.#options
    const { modelId } = offered
    if (offered.manifest.zk === undefined || weightsDir === undefined || !this.#unproved.due(modelId)) return offered
    try {
      const zk = await this.#provable(facts, offered)
      this.#unproved.succeeded(modelId)
      log.info({ modelId, zkModelId: zk.zkModelId }, 'a model is offered at level zk')
      return { ...offered, zk }
    } catch (error) {
      if (!isOgError(error) || OF_THE_CHAIN.test(error.code)) throw error
      if (this.#unproved.failed(modelId, FOR_EVER.test(error.code)))
        log.warn({ modelId, code: error.code, reason: error.message }, 'a model is not offered at level zk')
      return offered
    }
  }

  /** From now on this node can prove answers of the model without asking anybody for its files. */
  async #provable(
    facts: ChainFacts,
    { modelId, manifest, manifestBytes }: Pick<Offered, 'modelId' | 'manifest' | 'manifestBytes'>,
  ): Promise<ProvableModel> {
    const { downloads, weightsDir } = this.#options
    if (weightsDir === undefined) throw new OgError('MODEL_FORMAT_UNSUPPORTED', 'This node makes no proofs.')
    const model = await provableModel({ modelId, manifest, committed: await facts.zkModel(modelId), downloads, weightsDir })
    await downloads.keepManifest(sha256Hex(manifestBytes), manifestBytes)
    return model
  }
}
