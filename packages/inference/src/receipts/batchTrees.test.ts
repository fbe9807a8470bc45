import { type Hex, inclusionPath, keccak256Hex, leafOf, utf8 } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import type { StoredBatch } from '../journal/entry.ts'
import { BatchTrees } from './batchTrees.ts'

const hashesOf = (sequence: number): Hex[] => Array.from({ length: 9 }, (_, i) => keccak256Hex(utf8(`${sequence} ${i}`)))

/** A committed batch, which counts how often its receipts are all read. */
function batchOf(sequence: number) {
  let read = 0
  const receiptHashes = new Proxy(hashesOf(sequence), {
    get(target, name, receiver) {
      if (name === 'map') read += 1
      return Reflect.get(target, name, receiver)
    },
  })
  return { stored: { batch: { sequence: BigInt(sequence) }, receiptHashes } as unknown as StoredBatch, built: () => read }
}

/** Trees of which each takes 30 ms to build, and pauses that the test ends. */
function slowTrees() {
  let now = 0
  const pauses: { readonly ms: number; readonly end: () => void }[] = []
  const trees = new BatchTrees({
    now: () => (now += 30),
    pause: (ms) => new Promise((end) => pauses.push({ ms, end })),
  })
  return { trees, pauses }
}

const turns = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

test('leaf and path are those of the whole tree', async () => {
  const trees = new BatchTrees()
  const hashes = hashesOf(1)
  const leaves = hashes.map(leafOf)
  for (const [i, hash] of hashes.entries())
    expect(await trees.place(batchOf(1).stored, hash)).toEqual({ leaf: leaves[i], path: inclusionPath(leaves, i) })
})

test('a batch is built once for all who ask, also while it is being built, and the sixteen newest are kept', async () => {
  const trees = new BatchTrees({ pause: async () => {} })
  const first = batchOf(0)
  await Promise.all(hashesOf(0).map((hash) => trees.place(first.stored, hash)))
  expect(first.built()).toBe(1)
  for (let sequence = 1; sequence < 16; sequence++) await trees.place(batchOf(sequence).stored, hashesOf(sequence)[0]!)
  await trees.place(first.stored, hashesOf(0)[3]!)
  expect(first.built()).toBe(1)
  const second = batchOf(1)
  await trees.place(batchOf(16).stored, hashesOf(16)[0]!)
  await trees.place(second.stored, hashesOf(1)[0]!)
  expect([first.built(), second.built()]).toEqual([1, 1])
  await trees.place(first.stored, hashesOf(0)[0]!)
  expect(first.built()).toBe(1)
})

test('trees of other batches are built one after the other, each after nine times as long as the one before took', async () => {
  const { trees, pauses } = slowTrees()
  const batches = [0, 1, 2].map(batchOf)
  const asked = batches.map(({ stored }, i) => trees.place(stored, hashesOf(i)[0]!))
  await asked[0]
  await turns()
  expect([batches.map(({ built }) => built()), pauses.map(({ ms }) => ms)]).toEqual([[1, 0, 0], [270]])
  pauses[0]!.end()
  await asked[1]
  await turns()
  expect(batches.map(({ built }) => built())).toEqual([1, 1, 0])
  // What is kept waits for nobody.
  await trees.place(batches[0]!.stored, hashesOf(0)[1]!)
  pauses[1]!.end()
  await asked[2]
  expect(pauses).toHaveLength(3)
})

test('who asks for one batch more than may wait is refused, and those that wait are built', async () => {
  const { trees, pauses } = slowTrees()
  await trees.place(batchOf(1_000).stored, hashesOf(1_000)[0]!)
  const asked = Array.from({ length: 64 }, (_, i) => trees.place(batchOf(i).stored, hashesOf(i)[0]!))
  await expect(trees.place(batchOf(64).stored, hashesOf(64)[0]!)).rejects.toMatchObject({ code: 'NODE_BACKLOG' })
  for (const [i, one] of asked.entries()) {
    pauses[i]!.end()
    await one
    await turns()
  }
  expect(await trees.place(batchOf(63).stored, hashesOf(63)[2]!)).toMatchObject({ leaf: leafOf(hashesOf(63)[2]!) })
})

test('a batch whose tree cannot be built holds up no other one', async () => {
  const trees = new BatchTrees({ pause: async () => {} })
  const broken = { batch: { sequence: 5n }, receiptHashes: [] } as unknown as StoredBatch
  await expect(trees.place(broken, hashesOf(1)[0]!)).rejects.toMatchObject({ code: 'BATCH_EMPTY' })
  expect(await trees.place(batchOf(1).stored, hashesOf(1)[0]!)).toMatchObject({ leaf: leafOf(hashesOf(1)[0]!) })
})
