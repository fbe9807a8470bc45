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
import { type Page, pageOf } from './page.ts'
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

export async function versionsFact(state: StateView, name: string, page: Page = { limit: 1000 }): Promise<Resolution[]> {
  const count = Number(await state.word(ADDRESSES.models, versionCountSlot(parseModelName(name))))
  return Promise.all(pageOf(count, page).map((i) => versionFact(state, name, i + 1)))
}

export async function namesFact(state: StateView, page?: Page): Promise<{ total: number; names: string[] }> {
  const total = Number(await state.word(ADDRESSES.models, nameCountSlot))
  return { total, names: await Promise.all(pageOf(total, page).map((i) => storedText(state, ADDRESSES.models, nameSlot(i)))) }
}

async function versionFact(state: StateView, name: string, version: number): Promise<Resolution> {
  return { ...decodeVersion(await state.words(ADDRESSES.models, versionSlots(name, version))), version }
}
