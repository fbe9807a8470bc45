import { type ChainFacts, parseModelName, type Resolution } from '@opengradient/client'
import type { Hex } from '@opengradient/protocol'

const PAGE = 1000

/** Names and versions that are published. No block changes what was there, so each is read once. */
export class Published {
  /** In the order of their publication. */
  readonly #names: string[] = []
  /** Of each name, oldest first. */
  readonly #versions = new Map<string, Hex[]>()

  /** Whether somebody has published this name, as far as was read. @throws OgError `MODEL_NAME_INVALID` */
  has(name: string): boolean {
    return this.#versions.has(parseModelName(name))
  }

  /**
   * Models to offer, with their names where they have one: not withdrawn, and either the newest of their name or served already,
   * or those that this node is to serve.
   */
  async wanted(
    facts: ChainFacts,
    serve: 'all' | readonly Hex[],
    served: { has(modelId: Hex): boolean },
  ): Promise<Map<Hex, string | undefined>> {
    const names = await this.#allNames(facts)
    const isWanted = (modelId: Hex, isNewest: boolean) => (serve === 'all' ? isNewest || served.has(modelId) : serve.includes(modelId))
    const all = new Map<Hex, string | undefined>()
    const withdrawn = new Set<Hex>()
    const found = await Promise.all(names.map((name) => this.#versionsOf(facts, name, isWanted)))
    for (const [i, versions] of found.entries())
      for (const version of versions) {
        if (version.withdrawn) withdrawn.add(version.modelId)
        else all.set(version.modelId, names[i])
      }
    if (serve === 'all') return all
    return new Map(serve.filter((modelId) => !withdrawn.has(modelId)).map((modelId) => [modelId, all.get(modelId)]))
  }

  async #allNames(facts: ChainFacts): Promise<readonly string[]> {
    const names = this.#names
    for (let total = names.length + 1; names.length < total; ) {
      const offset = names.length
      const page = await facts.names({ offset, limit: PAGE })
      total = page.total
      // Another refresh may have read the same ones meanwhile.
      if (names.length === offset) names.push(...page.names)
    }
    return names
  }

  /** Those of a name that are wanted; whoever publishes thousands has each read once. */
  async #versionsOf(facts: ChainFacts, name: string, isWanted: (modelId: Hex, isNewest: boolean) => boolean): Promise<Resolution[]> {
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
    const wanted = known.flatMap((modelId, i) => (isWanted(modelId, i === known.length - 1) ? [i] : []))
    const read = async (i: number) => fresh.get(i + 1) ?? (await facts.versions(name, { offset: i, limit: 1 }))[0]!
    return Promise.all(wanted.map(read))
  }
}
