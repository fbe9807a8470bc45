import { type ChainClient, type ChainFacts, parseModelName, type Resolution } from '@opengradient/client'
import { ADDRESSES, nodesAbi } from '@opengradient/contracts'
import {
  type Address,
  type Hex,
  hexToBytes,
  isOgError,
  type Manifest,
  modelIdOf,
  OgError,
  parseManifest,
  sha256Hex,
} from '@opengradient/protocol'
import { encodeFunctionData } from 'viem'
import type { Sender } from '../chain/sender.ts'
import { type ChainView, UNIT_NUMBER } from '../chain/view.ts'
import type { NodeLog } from '../log.ts'
import type { ProvableModel } from '../proving/provers.ts'
import type { ModelFolder, ModelSource, OfferedModel } from '../server/source.ts'
import type { Downloads } from './download.ts'
import { leastPrice } from './leastPrice.ts'
import { needsPrice } from './needsPrice.ts'
import { provableModel } from './provable.ts'
import { Retries } from './retries.ts'

export interface OfferingOptions {
  client: ChainClient
  view: ChainView
  sender: Sender
  downloads: Downloads
  node: Address
  /** Every published model, or these. */
  serve: 'all' | readonly Hex[]
  /** OPG wei a request for models that this node has not priced yet; 0 offers them for free. */
  price: bigint
  /** Formats that this node has engines for. */
  formats: readonly string[]
  /** Where the operator keeps committed weights; without it nothing is offered at level zk. */
  weightsDir?: string
  /** Monotonic milliseconds (the system's). */
  now?: () => number
  log: NodeLog
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

const PAGE = 1000
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
 * and that have an active price of this node on chain. Prices that the operator set are left alone; for a model without one the
 * default is set, raised if royalty and fee would not fit into it.
 */
export class Offering implements ModelSource {
  readonly #options: OfferingOptions
  #offered = new Map<Hex, Offered>()
  /** Published names, in the order of their publication, which no block changes: only new ones are read. */
  readonly #names: string[] = []
  /** Versions of each name, oldest first, which no block changes either. */
  readonly #versions = new Map<string, Hex[]>()
  readonly #skipped: Retries<Hex>
  /** Models that miss level zk, or a price. */
  readonly #unproved: Retries<Hex>
  readonly #unpriced: Retries<Hex>
  /** Models whose price that is too low was said in the log. */
  readonly #tooCheap = new Set<Hex>()
  /** Models that were seen with a price. */
  readonly #priced = new Set<Hex>()

  constructor(options: OfferingOptions) {
    this.#options = options
    const { now = () => performance.now() } = options
    this.#skipped = new Retries(MOST_MS, now)
    this.#unproved = new Retries(MOST_ZK_MS, now)
    this.#unpriced = new Retries(MOST_MS, now)
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
    const found = this.#versions.has(parseModelName(name)) ? await this.#options.client.resolve(name) : undefined
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
    const { client, view } = this.#options
    const facts = client.at(await client.head({ atLeast: height }))
    const wanted = await this.#wanted(facts)
    const retries = [this.#skipped, this.#unproved, this.#unpriced]
    for (const each of retries) {
      each.keep(wanted)
      if (full) each.again()
    }
    const known = await Promise.all([...wanted].map(([modelId, name]) => this.#know(facts, modelId, name)))
    const candidates = known.filter((model) => model !== undefined)
    await this.#price(facts, candidates)
    view.watch(new Map(candidates.map(({ modelId, minRoyalty }) => [modelId, minRoyalty])))
    await view.refreshOffers()
    for (const { modelId } of candidates) this.#warnIfTooCheap(modelId)
    this.#offered = new Map(candidates.filter(({ modelId }) => view.rates(modelId)).map((model) => [model.modelId, model]))
    return Math.min(...retries.map((each) => each.next()))
  }

  /** Models to offer, with their names where they have one. */
  async #wanted(facts: ChainFacts): Promise<Map<Hex, string | undefined>> {
    const { serve } = this.#options
    const names = this.#names
    for (let total = names.length + 1; names.length < total; ) {
      const offset = names.length
      const page = await facts.names({ offset, limit: PAGE })
      total = page.total
      // Another refresh may have read the same ones meanwhile.
      if (names.length === offset) names.push(...page.names)
    }
    const all = new Map<Hex, string | undefined>()
    const withdrawn = new Set<Hex>()
    const found = await Promise.all(names.map((name) => this.#versionsWanted(facts, name)))
    for (const [i, versions] of found.entries())
      for (const version of versions) {
        if (version.withdrawn) withdrawn.add(version.modelId)
        else all.set(version.modelId, names[i])
      }
    if (serve === 'all') return all
    return new Map(serve.filter((modelId) => !withdrawn.has(modelId)).map((modelId) => [modelId, all.get(modelId)]))
  }

  /** The newest version of a name and those that are offered already, or those that this node is to serve; whoever publishes thousands has each read once. */
  async #versionsWanted(facts: ChainFacts, name: string): Promise<Resolution[]> {
    const { serve } = this.#options
    const known = this.#versions.get(name) ?? []
    this.#versions.set(name, known)
    const fresh = new Map<number, Resolution>()
    for (;;) {
      const offset = known.length
      const page = await facts.versions(name, { offset, limit: PAGE })
      // Another refresh may have read the same ones meanwhile.
      if (known.length === offset) known.push(...page.map(({ modelId }) => modelId))
      for (const version of page) fresh.set(version.version, version)
      if (page.length < PAGE) break
    }
    const wanted = known.flatMap((modelId, i) => {
      const isWanted = serve === 'all' ? i === known.length - 1 || this.#offered.has(modelId) : serve.includes(modelId)
      return isWanted ? [i] : []
    })
    const read = async (i: number) => fresh.get(i + 1) ?? (await facts.versions(name, { offset: i, limit: 1 }))[0]!
    return Promise.all(wanted.map(read))
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

  /** A price below what author and protocol take is refused when somebody wants to pay it. */
  #warnIfTooCheap(modelId: Hex): void {
    const { view, log } = this.#options
    const [least, rates] = [view.least(modelId), view.rates(modelId) ?? []]
    const price = rates.reduce((sum, { amount }) => sum + amount, 0n)
    if (price === 0n || price >= least) this.#tooCheap.delete(modelId)
    else if (!this.#tooCheap.has(modelId)) {
      this.#tooCheap.add(modelId)
      log.error(
        { modelId, price: `${price}`, least: `${least}` },
        'requests of a model that cost less than royalty and fee are refused: raise its price',
      )
    }
  }

  /** Said once: an operator who starts the node with another price may expect it to be asked. */
  #sayKept(modelId: Hex, amount: bigint): void {
    const { price, log } = this.#options
    if (this.#priced.has(modelId)) return
    this.#priced.add(modelId)
    if (amount === price) return
    log.info(
      { modelId, price: `${amount}`, startedWith: `${price}` },
      'a model keeps the price that was set before; og node price changes it',
    )
  }

  /** Sets a price for each model that this node has not priced. */
  async #price(facts: ChainFacts, models: readonly Offered[]): Promise<void> {
    const { node, price, view } = this.#options
    const [prices, registered] = await Promise.all([
      Promise.all(models.map(({ modelId }) => facts.price(node, modelId, UNIT_NUMBER.request))),
      facts.node(node),
    ])
    const fresh = models.filter(({ modelId }, i) => {
      const needed = needsPrice(prices[i]!, registered?.registeredAt ?? 0n)
      if (!needed) this.#sayKept(modelId, prices[i]!.amount)
      return needed && this.#unpriced.due(modelId)
    })
    if (fresh.length === 0) return
    const fee = price === 0n ? 0 : await view.feeBps()
    await Promise.all(fresh.map((model) => this.#priceOne(model, fee)))
  }

  /** What cannot be priced (there is no money for gas, the node is leaving) is said once in the log, and the rest of the offer goes on. */
  async #priceOne({ modelId, name, minRoyalty }: Offered, fee: number): Promise<void> {
    const { price, log } = this.#options
    const least = leastPrice(minRoyalty, fee)
    const asked = price === 0n || price >= least ? price : least
    try {
      await this.#setPrice(modelId, asked)
    } catch (error) {
      if (!isOgError(error) || error.code === 'INTERRUPTED') throw error
      if (this.#unpriced.failed(modelId))
        log.error({ modelId, name, code: error.code, reason: error.message }, 'a model has no price, and is not offered')
      return
    }
    this.#unpriced.succeeded(modelId)
    this.#priced.add(modelId)
    log.info({ modelId, name, price: asked.toString() }, 'a model is offered')
  }

  async #setPrice(modelId: Hex, amount: bigint): Promise<void> {
    const { sender } = this.#options
    const data = hexToBytes(
      encodeFunctionData({ abi: nodesAbi, functionName: 'setPrice', args: [modelId, UNIT_NUMBER.request, amount, true] }),
    )
    const call = { to: ADDRESSES.nodes, data }
    const included = await sender.send({ ...call, gas: ((await sender.estimate(call)) * 5n) / 4n }, async () => {})
    if (!included.ok) throw new OgError('CHAIN_REVERTED', `setting a price for ${modelId} was refused in ${included.tx}`)
  }
}
