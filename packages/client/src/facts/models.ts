import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  decodeModel,
  decodeVersion,
  type ModelRecord,
  modelSlots,
  nameCountSlot,
  nameSlot,
  versionCountSlot,
  versionSlots,
  zkModelSlot,
} from '@opengradient/contracts/slots'
import { type Hex, OgError } from '@opengradient/protocol'
import type { StateView } from '../state/view.ts'
import { MAX_PAGE, type Page, pageOf } from './page.ts'
import { storedText } from './text.ts'

/** A published model. `parent` is zero when it has none; `minRoyalty` is OPG wei a request. */
export type ModelFact = ModelRecord

/** One version of a name. Versions count from 1. */
export interface Resolution {
  modelId: Hex
  version: number
  withdrawn: boolean
}

/** `owner/name` as `Models` accepts it. */
const NAME = /^[a-z0-9-]{1,39}\/[a-z0-9._-]{1,96}$/

/** @throws OgError `MODEL_NAME_INVALID` */
export function parseModelName(name: string): string {
  if (typeof name === 'string' && NAME.test(name)) return name
  throw new OgError(
    'MODEL_NAME_INVALID',
    `${typeof name === 'string' ? JSON.stringify(name.slice(0, 200)) : `a ${typeof name}`} is no model name; write owner/name in lower-case letters, digits, - and (in the name) . and _`,
  )
}

export async function modelFact(state: StateView, modelId: Hex): Promise<ModelFact | undefined> {
  const model = decodeModel(await state.words(ADDRESSES.models, modelSlots(modelId)))
  return model.publishedAt === 0n ? undefined : model
}

/** The integer model that proofs about a model are about; undefined when its author has not committed it to one. */
export async function zkModelFact(state: StateView, modelId: Hex): Promise<Hex | undefined> {
  const id = await state.word(ADDRESSES.models, zkModelSlot(modelId))
  return id === 0n ? undefined : `0x${id.toString(16).padStart(64, '0')}`
}

export async function resolveName(state: StateView, name: string): Promise<Resolution | undefined> {
  const count = Number(await state.word(ADDRESSES.models, versionCountSlot(parseModelName(name))))
  return count === 0 ? undefined : versionFact(state, name, count)
}

/** Versions of a page, oldest first; without one the newest thousand. */
export async function versionsFact(state: StateView, name: string, page?: Page): Promise<Resolution[]> {
  const count = Number(await state.word(ADDRESSES.models, versionCountSlot(parseModelName(name))))
  const wanted = page ?? { offset: Math.max(0, count - MAX_PAGE), limit: MAX_PAGE }
  return Promise.all(pageOf(count, wanted).map((i) => versionFact(state, name, i + 1)))
}

/** Versions that are read at once when one of the newest is looked for. */
const LOOKED = 20

/** The newest version of a name that is this model, among its newest thousand; undefined when none of them is. */
export async function newestOf(
  facts: { resolve(name: string): Promise<Resolution | undefined>; versions(name: string, page: Page): Promise<Resolution[]> },
  name: string,
  modelId: Hex,
): Promise<Resolution | undefined> {
  const newest = await facts.resolve(name)
  if (newest === undefined || newest.modelId === modelId) return newest
  const oldest = Math.max(0, newest.version - MAX_PAGE)
  for (let end = newest.version - 1; end > oldest; ) {
    const offset = Math.max(oldest, end - LOOKED)
    const found = (await facts.versions(name, { offset, limit: end - offset })).findLast((version) => version.modelId === modelId)
    if (found) return found
    end = offset
  }
  return undefined
}

export async function namesFact(state: StateView, page?: Page): Promise<{ total: number; names: string[] }> {
  const total = Number(await state.word(ADDRESSES.models, nameCountSlot))
  return { total, names: await Promise.all(pageOf(total, page).map((i) => storedText(state, ADDRESSES.models, nameSlot(i)))) }
}

async function versionFact(state: StateView, name: string, version: number): Promise<Resolution> {
  return { ...decodeVersion(await state.words(ADDRESSES.models, versionSlots(name, version))), version }
}
