import { ADDRESSES, settlementAbi } from '@opengradient/contracts'
import { modelIdFromHash } from '@opengradient/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { read, write } from '../calls.ts'
import { createScene, hashOf, makeEntry, OPG, publishing, settling } from '../scenario.ts'
import { shares } from './reference.ts'

test('Settlement and the reference model divide every price alike, to the wei', async () => {
  const scene = await createScene()
  const { world, author, parentAuthor, node } = scene
  const credit = (account: typeof node.address) =>
    read(world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'credits', args: [account] })
  const inputs = fc.record({
    price: fc.bigInt({ min: 1n, max: 100n * OPG }),
    royaltyBps: fc.integer({ min: 0, max: 5000 }),
    parentShareBps: fc.integer({ min: 0, max: 5000 }),
    feeBps: fc.integer({ min: 0, max: 1000 }),
    floorPerMille: fc.bigInt({ min: 0n, max: 900n }),
  })
  await fc.assert(
    fc.asyncProperty(inputs, ({ price, royaltyBps, parentShareBps, feeBps, floorPerMille }) =>
      world.undoing(async () => {
        const minRoyalty = (price * floorPerMille) / 1000n
        const terms = { royaltyBps, minRoyalty, parent: scene.parentId, parentShareBps }
        await write(world, publishing(author.address, { name: 'bob/case', manifestHash: hashOf('case'), ...terms }))
        await write(world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'setFeeBps', args: [feeBps], from: ADDRESSES.timelock })
        await write(world, settling(makeEntry(scene, { price, receipt: { modelId: modelIdFromHash(author.address, hashOf('case')) } })))
        const expected = shares(
          price,
          {
            author: author.address,
            royaltyBps: BigInt(royaltyBps),
            minRoyalty,
            parentAuthor: parentAuthor.address,
            parentShareBps: BigInt(parentShareBps),
          },
          BigInt(feeBps),
        )
        const accounts = [node.address, author.address, parentAuthor.address, ADDRESSES.rewards, ADDRESSES.treasury]
        expect(await Promise.all(accounts.map(credit))).toEqual(Object.values(expected))
        expect(Object.values(expected).reduce((sum, part) => sum + part)).toBe(price)
      }),
    ),
    { numRuns: 200 },
  )
})
