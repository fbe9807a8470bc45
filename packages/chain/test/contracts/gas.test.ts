import { ADDRESSES, settlementAbi } from '@opengradient/contracts'
import { type Address, batchHash, devAccount, type Hex, hexToBytes, signDigest } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { asking, createAttestedScene, show, showing } from './attestationScene.ts'
import { encode, read, write } from './calls.ts'
import type { Outcome } from './harness.ts'
import { createHeldScene, zkEntry } from './heldScene.ts'
import { createScene, hashOf, makeEntry, OPG, publishing, type Scene, settling, settlingMany } from './scenario.ts'

// What a node pays for, in gas of a whole transaction, once the accounts concerned have been credited before (as after the first day).
async function warmScene(): Promise<Scene> {
  const scene = await createScene()
  await write(scene.world, settling(makeEntry(scene)))
  return scene
}

/** Execution, base cost and calldata (EIP-2028; the floor of EIP-7623 stays below). */
function transactionGas(data: Hex, outcome: Outcome): bigint {
  return 21_000n + hexToBytes(data).reduce((sum, byte) => sum + (byte === 0 ? 4n : 16n), 0n) + outcome.gas
}

test('one settlement costs less than 190,000 gas', async () => {
  const scene = await warmScene()
  const call = settling(makeEntry(scene))
  const gas = transactionGas(encode(call), await write(scene.world, call))
  console.log(`settle: ${gas} gas`)
  expect(gas).toBeLessThan(190_000n)
})

test('a list of 50 costs less than 85,000 gas an entry', async () => {
  const scene = await warmScene()
  const call = settlingMany(Array.from({ length: 50 }, () => makeEntry(scene)))
  const gas = transactionGas(encode(call), await write(scene.world, call)) / 50n
  console.log(`settleMany of 50: ${gas} gas an entry`)
  expect(gas).toBeLessThan(85_000n)
})

test('a model of authors who were never paid adds less than 70,000 gas to a list, a payment that is held less than 50,000', async () => {
  const scene = await createHeldScene()
  await write(scene.world, settling(makeEntry(scene)))
  const gasOf = async (entries: ReturnType<typeof makeEntry>[]) => {
    const call = settlingMany(entries)
    return transactionGas(encode(call), await write(scene.world, call)) / BigInt(entries.length)
  }
  const many = Array.from({ length: 16 }, (_, n) => n)
  const ids: Hex[] = []
  for (const n of many) {
    const [parentAuthor, author] = [devAccount(scene.world.chainId, 40 + n).address, devAccount(scene.world.chainId, 80 + n).address]
    const base = { name: `p${n}/base`, manifestHash: hashOf(`base ${n}`) }
    const parent = await read(scene.world, publishing(parentAuthor, base))
    await write(scene.world, publishing(parentAuthor, base))
    const tuned = {
      name: `a${n}/tuned`,
      manifestHash: hashOf(`tuned ${n}`),
      royaltyBps: 1000,
      minRoyalty: 1n,
      parent,
      parentShareBps: 2000,
    }
    ids.push(await read(scene.world, publishing(author, tuned)))
    await write(scene.world, publishing(author, tuned))
  }
  const alike = await gasOf(many.map(() => makeEntry(scene)))
  const mixed = await gasOf(ids.map((modelId) => makeEntry(scene, { receipt: { modelId } })))
  await gasOf([zkEntry(scene)])
  const held = await gasOf(many.map(() => zkEntry(scene)))
  console.log(`an entry of a list: ${alike} gas, each of another model of new authors ${mixed}, held ${held}`)
  expect(mixed - alike).toBeLessThan(70_000n)
  expect(mixed - alike).toBeGreaterThan(40_000n)
  expect(held - alike).toBeLessThan(50_000n)
})

test('anchoring a batch costs less than 100,000 gas, however many receipts it holds', async () => {
  const scene = await warmScene()
  const committing = (sequence: bigint) => {
    const batch = { node: scene.node.address, root: hashOf(`root ${sequence}`), count: 100_000, total: OPG, sequence }
    const signature = signDigest(batchHash(batch, scene.world.domain), scene.key.privateKey)
    return { abi: settlementAbi, to: ADDRESSES.settlement, name: 'commit', args: [batch, signature] } as const
  }
  await write(scene.world, committing(0n))
  const call = committing(1n)
  const gas = transactionGas(encode(call), await write(scene.world, call))
  console.log(`commit: ${gas} gas`)
  expect(gas).toBeLessThan(100_000n)
})

test('a settlement at level tee costs less than 20,000 gas more than one at level signature, and 50,000 after a revocation', async () => {
  const scene = await createAttestedScene()
  await write(scene.world, settling(makeEntry(scene)))
  const shown = await show(scene)
  await write(scene.world, showing(shown))
  const receipt = { level: 129, proofRef: shown.digest } as const
  const gasOf = async (call: ReturnType<typeof settling>) => transactionGas(encode(call), await write(scene.world, call))
  const plain = await gasOf(settling(makeEntry(scene)))
  const before = await gasOf(settling(makeEntry(scene, { receiptKey: scene.stranger, receipt })))
  await write(scene.world, { ...asking, name: 'revokePlatform', args: [hashOf('another machine')], from: ADDRESSES.timelock })
  const after = await gasOf(settling(makeEntry(scene, { receiptKey: scene.stranger, receipt })))
  console.log(`settle at level tee: ${before} gas, after a revocation ${after}, at level signature ${plain}`)
  expect(before).toBeLessThan(plain + 20_000n)
  expect(after).toBeLessThan(plain + 50_000n)
})

test('a registration costs less than 3 million gas on Nitro, 5 on TDX, 2 on SNP', async () => {
  const scene = await createAttestedScene()
  for (const [platform, most] of [
    ['nitro', 3_000_000n],
    ['tdx', 5_000_000n],
    ['snp', 2_000_000n],
  ] as const) {
    const call = showing(await show(scene, { platform, signer: addressOf(platform) }))
    const gas = transactionGas(encode(call), await write(scene.world, call))
    console.log(`register ${platform}: ${gas} gas`)
    expect(gas).toBeLessThan(most)
  }
})

const addressOf = (name: string): Address => `0x${hashOf(name).slice(26)}`
