import { stringSlots } from '@opengradient/contracts/slots'
import { type Address, bytesToHex, type Hex, utf8 } from '@opengradient/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StateView } from '../state/view.ts'
import { storedText } from './text.ts'

const contract: Address = `0x${'22'.repeat(20)}`
const slot: Hex = `0x${'03'.padStart(64, '0')}`

/** Storage that holds a text as Solidity lays it out, and how often it was read. */
function storageOf(text: string): { state: StateView; reads: () => number } {
  const bytes = utf8(text)
  const words = new Map<Hex, bigint>()
  const word = (part: Uint8Array) => BigInt(bytesToHex(Uint8Array.from({ length: 32 }, (_, i) => part[i] ?? 0)))
  if (bytes.length < 32) words.set(slot, word(bytes) | BigInt(2 * bytes.length))
  else {
    const head = BigInt(2 * bytes.length + 1)
    words.set(slot, head)
    for (const [i, place] of stringSlots(BigInt(slot), head).entries()) words.set(place, word(bytes.subarray(32 * i, 32 * i + 32)))
  }
  const seen = new Set<Hex>()
  let reads = 0
  const state = {
    async words(_address: Address, slots: readonly Hex[]) {
      if (slots.some((one) => !seen.has(one))) reads += 1
      for (const one of slots) seen.add(one)
      return slots.map((one) => words.get(one) ?? 0n)
    },
  } as unknown as StateView
  return { state, reads: () => reads }
}

test('a text of any length is read as it was written', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary-ascii', maxLength: 300 }), async (text) => {
      expect(await storedText(storageOf(text).state, contract, slot)).toBe(text)
    }),
  )
})

test('texts of up to 64 bytes cost one question, longer ones two', async () => {
  for (const [length, reads] of [
    [0, 1],
    [31, 1],
    [32, 1],
    [64, 1],
    [65, 2],
    [255, 2],
  ] as const) {
    const storage = storageOf('x'.repeat(length))
    await storedText(storage.state, contract, slot)
    expect(storage.reads(), `${length}`).toBe(reads)
  }
})

test('a length that no contract of ours would store is not followed', async () => {
  const state = { words: async (_address: Address, slots: readonly Hex[]) => slots.map(() => 2n ** 200n + 1n) } as unknown as StateView
  await expect(storedText(state, contract, slot)).rejects.toThrow(expect.objectContaining({ code: 'INTERNAL' }))
})
