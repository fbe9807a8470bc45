import type { Hex } from '@opengradient/protocol'
import { parseGwei } from 'viem'
import { expect, it } from 'vitest'
import { BLOCK_GAS_LIMIT, MAX_BLOCK_BYTES } from '../src/executor/rules.ts'
import { CHAIN_ID, include, OPG, signer, testChain, testGenesis } from './chain.testkit.ts'

const to = '0x00000000000000000000000000000000000000aa'
/** Makes an empty contract: whoever calls an account that has lent itself to this uses up a nonce of it. */
const USES_NONCE = '0x5f5f5ff000'
/** Code that answers with what is behind it. */
const deployment = (code: Hex): Hex => `0x60${((code.length - 2) / 2).toString(16).padStart(2, '0')}80600a5f395ff300${code.slice(2)}`

it('transactions that cannot run when their turn comes keep others out of one block, not out of one after the other', async () => {
  const [attacker, victim, lender, other] = [signer(0), signer(1), signer(101), signer(2)] as const
  const chain = await testChain({ genesis: await testGenesis([lender.address], 100n * OPG) })
  const [deployed] = await include(chain, await attacker.sign({ nonce: 0, data: deployment(USES_NONCE), gas: 200_000n }))
  const lent = { address: deployed!.contractAddress!, chainId: Number(CHAIN_ID), nonce: 0 }
  const authorizationList = [await lender.account.signAuthorization(lent)]
  await include(chain, await attacker.sign({ type: 'eip7702', nonce: 1, to, gas: 100_000n, authorizationList }))
  // Ten blocks whose transactions use what they ask for.
  for (let nonce = 0; nonce < 10; nonce++) await include(chain, await other.sign({ nonce, to }))

  await chain.submit(await victim.sign({ nonce: 0, to, maxPriorityFeePerGas: parseGwei('2') }))
  const blocks: string[][] = []
  for (const nonce of [1, 2]) {
    const { gasUsed: gas } = await chain.call({ from: attacker.address, to: lender.address }, chain.head().height)
    // It pays for all the rest of the block, and more than others do, but before its turn its nonce is gone.
    await chain.submit(await lender.sign({ nonce, to, gas: BLOCK_GAS_LIMIT - gas, maxPriorityFeePerGas: parseGwei('3') }))
    await chain.submit(await attacker.sign({ nonce: nonce + 1, to: lender.address, gas, maxPriorityFeePerGas: parseGwei('4') }))
    const { height } = await chain.mine!()
    blocks.push(chain.receipts(height)!.map(({ from, status }) => `${from} ${status}`))
  }
  expect(blocks).toEqual([[`${attacker.address} 1`], [`${attacker.address} 1`, `${victim.address} 1`]])
  await chain.close()
})

it('transactions for whose gas a block has no room after those before them do not take its bytes either', async () => {
  const wide = Array.from({ length: 9 }, (_, i) => signer(101 + i))
  const addresses = wide.map(({ address }) => address)
  const chain = await testChain({ genesis: await testGenesis(addresses, 100n * OPG) })
  const [attacker, victim] = [signer(0), signer(1)]
  // One that uses a thousandth of its limit, so that the next blocks may be proposed more than they have gas for.
  await include(chain, await attacker.sign({ nonce: 0, to, gas: BLOCK_GAS_LIMIT }))

  const small = await attacker.sign({ nonce: 1, to, maxPriorityFeePerGas: parseGwei('5') })
  const [least, most] = [460_000, 520_000]
  let left = MAX_BLOCK_BYTES - small.length
  for (const sender of wide) {
    const sign = (bytes: number) =>
      sender.sign({ nonce: 0, to, data: `0x${'00'.repeat(bytes)}`, gas: BLOCK_GAS_LIMIT, maxPriorityFeePerGas: parseGwei('4') })
    const bare = (await sign(least)).length - least
    const raw = await sign(left < 2 * least ? Math.min(left - bare, most) : least)
    left -= raw.length
    await chain.submit(raw)
  }
  await chain.submit(small)
  const honest = await victim.sign({ nonce: 0, to, maxPriorityFeePerGas: parseGwei('2') })
  expect(left).toBeLessThan(honest.length)
  await chain.submit(honest)
  const { height } = await chain.mine!()
  expect(chain.receipts(height)!.map(({ from }) => from)).toEqual([attacker.address, victim.address])
  await chain.close()
})

it('transactions of accounts that have lent themselves, which others make impossible before their turn, keep nobody out of the bytes of a block', async () => {
  const lenders = Array.from({ length: 10 }, (_, i) => signer(101 + i))
  const chain = await testChain({
    genesis: await testGenesis(
      lenders.map(({ address }) => address),
      100n * OPG,
    ),
  })
  const [attacker, victim] = [signer(0), signer(1)]
  const [deployed] = await include(chain, await attacker.sign({ nonce: 0, data: deployment(USES_NONCE), gas: 200_000n }))
  const lent = { address: deployed!.contractAddress!, chainId: Number(CHAIN_ID), nonce: 0 }
  const authorizationList = await Promise.all(lenders.map(({ account }) => account.signAuthorization(lent)))
  await include(chain, await attacker.sign({ type: 'eip7702', nonce: 1, to, gas: 400_000n, authorizationList }))

  // The fewest that fill a block, and before each the call that takes its nonce.
  let left = MAX_BLOCK_BYTES
  for (const [index, lender] of lenders.entries()) {
    const taken = await attacker.sign({ nonce: 2 + index, to: lender.address, gas: 100_000n, maxPriorityFeePerGas: parseGwei('5') })
    await chain.submit(taken)
    left -= taken.length
  }
  for (const [index, lender] of lenders.entries()) {
    const bytes = Math.floor(left / (lenders.length - index)) - 130
    const wide = { to, data: `0x${'00'.repeat(bytes)}`, gas: 5_700_000n, maxPriorityFeePerGas: parseGwei('4') } as const
    const raw = await lender.sign({ nonce: 1, ...wide })
    await chain.submit(raw)
    left -= raw.length
  }
  const honest = await victim.sign({ nonce: 0, to, maxPriorityFeePerGas: parseGwei('2') })
  expect(left).toBeLessThan(honest.length)
  await chain.submit(honest)
  const { height } = await chain.mine!()
  const senders = chain.receipts(height)!.map(({ from }) => from)
  expect(senders).toEqual([...lenders.map(() => attacker.address), victim.address])
  await chain.close()
})
