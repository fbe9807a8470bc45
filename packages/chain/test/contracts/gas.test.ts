import { ADDRESSES, settlementAbi } from '@opengradient/contracts'
import { batchHash, type Hex, hexToBytes, signDigest } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { encode, write } from './calls.ts'
import type { Outcome } from './harness.ts'
import { createScene, hashOf, makeEntry, OPG, type Scene, settling, settlingMany } from './scenario.ts'

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
