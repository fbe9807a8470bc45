import { ADDRESSES } from '@opengradient/contracts/addresses'
import { versionCountSlot, versionSlots } from '@opengradient/contracts/slots'
import type { Hex } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import type { StateView } from '../state/view.ts'
import { newestOf, resolveName, versionsFact } from './models.ts'

const NAME = 'alice/volatility'
const idOf = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`

/** A name whose version `n` is model `modelOf(n)`, the model `n` unless said; and how many words of it were read. Of many only the newest are there. */
function published(count: number, modelOf: (version: number) => number = (version) => version) {
  const words = new Map<Hex, bigint>([[versionCountSlot(NAME), BigInt(count)]])
  for (let version = Math.max(1, count - 1_010); version <= count; version++)
    words.set(versionSlots(NAME, version)[0]!, BigInt(modelOf(version)))
  let read = 0
  const state: Pick<StateView, 'word' | 'words'> = {
    word: async (address, slot) => (await state.words(address, [slot]))[0]!,
    words: async (address, slots) => {
      expect(address).toBe(ADDRESSES.models)
      read += slots.length
      return slots.map((slot) => words.get(slot) ?? 0n)
    },
  }
  const view = state as StateView
  return {
    facts: { resolve: (name: string) => resolveName(view, name), versions: (name: string, page: object) => versionsFact(view, name, page) },
    view,
    read: () => read,
  }
}

test('of a name with more than a thousand versions the newest thousand are told, oldest first', async () => {
  const versions = await versionsFact(published(1_003).view, NAME)
  expect(versions.map(({ version }) => version)).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 4))
  expect(await versionsFact(published(2).view, NAME)).toHaveLength(2)
  expect(await versionsFact(published(0).view, NAME)).toEqual([])
})

test('what was just published is found behind thousands of versions, and a few that came after it, by reading a few', async () => {
  const { facts, read } = published(100_000)
  for (const after of [0, 1, 19, 20, 21, 45]) {
    const before = read()
    expect(await newestOf(facts, NAME, idOf(100_000 - after))).toEqual({
      modelId: idOf(100_000 - after),
      version: 100_000 - after,
      withdrawn: false,
    })
    expect(read() - before).toBeLessThan(200)
  }
})

test('a model that is a version several times is found as the newest of them, one that is none is not found', async () => {
  const { facts } = published(60, (version) => (version === 30 || version === 12 ? 7_777 : version))
  expect(await newestOf(facts, NAME, idOf(7_777))).toMatchObject({ version: 30 })
  expect(await newestOf(facts, NAME, idOf(1))).toMatchObject({ version: 1 })
  expect(await newestOf(facts, NAME, idOf(9_999))).toBeUndefined()
  expect(await newestOf(published(0).facts, NAME, idOf(1))).toBeUndefined()
})

test('a search for what was never published ends after a thousand versions', async () => {
  const { facts, read } = published(100_000)
  expect(await newestOf(facts, NAME, idOf(99_001))).toMatchObject({ version: 99_001 })
  expect(await newestOf(facts, NAME, idOf(99_000))).toBeUndefined()
  expect(read()).toBeLessThan(6_000)
})
