import type { Page, Sent } from '@opengradient/client'
import { type Address, type Hex, type Manifest, OgError } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { acceptablePrices, offersOf, type Rate } from '../pay/offers.ts'
import { goneFrom, unlist } from './listed.ts'
import { type LoadedModel, loadModel } from './load.ts'

/** The newest version of a name. */
export interface FoundModel {
  name: string
  modelId: Hex
  version: number
  withdrawn: boolean
  author: Address
}

/** A model with what people want to know before they ask it. */
export interface ShownModel extends LoadedModel {
  /** Markdown, undefined when no store has it. A stranger's words. */
  card: string | undefined
  versions: { modelId: Hex; version: number; withdrawn: boolean }[]
  /** Nodes that serve it. `price`: OPG wei for a request with an empty body. */
  offers: { node: Address; endpoint: string; bond: bigint; rates: Rate[]; price: bigint }[]
  /** Nodes on its list that are not active: slashed, without their whole bond, gone or leaving. `unlist` takes them out. */
  gone: Address[]
}

/** Models of the network: found, read, fetched, published. */
export interface Models {
  /** Names that contain `text`, in the order of their first publication. */
  search(text: string, page?: Page): Promise<FoundModel[]>
  /** @throws OgError as `loadModel` */
  show(model: string): Promise<ShownModel>
  /** Manifest and files, verified, in memory. `maxBytes`: most that all files together may have (1 GiB). `pullModel` in `./node` writes to disk. */
  pull(
    model: string,
    options?: { maxBytes?: number },
  ): Promise<{ modelId: Hex; manifest: Manifest; files: { path: string; bytes: Uint8Array }[] }>
  /**
   * Takes a node that is not active out of a model's list, so that nobody has to look past it. Anybody may; it pays nothing.
   *
   * @throws OgError `NODE_STILL_THERE`, `NODE_NOT_LISTED`, `MODEL_NOT_FOUND`, `MODEL_WITHDRAWN` (name it by its model id then), and as `Writer.send`
   */
  unlist(model: string, node: Address): Promise<Sent>
}

const MAX_CARD = 1024 * 1024
const PAGE = 1000

export function modelsOf(context: Context): Models {
  const load = async (model: string) => loadModel(context.chain.at(await context.chain.head()), context.files, model)
  return {
    async search(text, { offset = 0, limit = 50 } = {}) {
      const facts = context.chain.at(await context.chain.head())
      const matches: string[] = []
      for (let at = 0, total = 1; at < total && matches.length < offset + limit; at += PAGE) {
        const page = await facts.names({ offset: at, limit: PAGE })
        total = page.total
        matches.push(...page.names.filter((name) => name.includes(text.toLowerCase())))
      }
      const found = await Promise.all(
        matches.slice(offset, offset + limit).map(async (name) => {
          const newest = await facts.resolve(name)
          const model = newest && (await facts.model(newest.modelId))
          return newest && model && { name, ...newest, author: model.author }
        }),
      )
      return found.filter((model) => model !== undefined)
    },

    async show(model) {
      const loaded = await load(model)
      const facts = context.chain.at(await context.chain.head())
      const [versions, offers, gone, card] = await Promise.all([
        /\//.test(model) ? facts.versions(model) : [],
        offersOf(facts, loaded.modelId, context.chain.local).catch((error) => {
          if (error instanceof OgError && error.code === 'MODEL_NOT_SERVED') return []
          throw error
        }),
        goneFrom(facts, loaded.modelId),
        context.files(loaded.manifest.card, MAX_CARD).catch(() => undefined),
      ])
      const shown = offers.map((offer) => ({
        node: offer.node,
        endpoint: offer.endpoint,
        bond: offer.fact.bond,
        rates: offer.rates,
        price: acceptablePrices(offer, 0, context.now())[0] ?? 0n,
      }))
      return { ...loaded, versions, offers: shown, gone, card: card && new TextDecoder().decode(card) }
    },

    async pull(model, { maxBytes = 1 << 30 } = {}) {
      const { modelId, manifest } = await load(model)
      requireSize(manifest, maxBytes)
      const files: { path: string; bytes: Uint8Array }[] = []
      for (const { path, sha256, size } of manifest.files) files.push({ path, bytes: await context.files(sha256, size) })
      return { modelId, manifest, files }
    },

    unlist: (model, node) => unlist(context, model, node),
  }
}

/** @throws OgError `MODEL_INVALID` when the files together are larger than `maxBytes` */
export function requireSize({ files }: Manifest, maxBytes: number): void {
  const size = files.reduce((sum, file) => sum + file.size, 0)
  if (size > maxBytes)
    throw new OgError(
      'MODEL_INVALID',
      `the files of this model have ${size} bytes together; at most ${maxBytes} are taken. Raise maxBytes if you want it`,
    )
}
