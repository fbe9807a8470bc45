import { createTestClient, http, publicActions } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createChain, makeGenesis } from '../../src/index.ts'
import { testGenesis, validator } from '../chain.testkit.ts'
import { startTestNode, type TestNode } from './node.testkit.ts'

async function ask(
  node: TestNode,
  method: string,
  ...params: unknown[]
): Promise<{ result?: unknown; error?: { code: number; message: string } }> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(node.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return response.json() as Promise<{ result?: unknown }>
}

describe('a development network', () => {
  let node: TestNode
  beforeAll(async () => {
    node = await startTestNode({ onlyMine: true, development: true })
  })
  afterAll(() => node.close())
  const head = () => node.chain.head().block.header

  it('makes a block when asked, at the time asked', async () => {
    const { number, timestamp } = head()
    expect(await ask(node, 'evm_mine')).toMatchObject({ result: '0x0' })
    expect(head().number).toBe(number + 1n)
    const later = Number(timestamp) + 100_000
    await ask(node, 'evm_mine', later)
    expect(head().timestamp).toBe(BigInt(later))
    expect((await ask(node, 'evm_mine', `0x${(later - 5).toString(16)}`)).error!.message).toContain('later than the last one')
    expect(head().number).toBe(number + 2n)
  })

  it('moves time forward for viem, and calls see it in the next block', async () => {
    const client = createTestClient({ mode: 'hardhat', chain: node.viemChain, transport: http(node.url, { timeout: 600_000 }) }).extend(
      publicActions,
    )
    const before = head().timestamp
    await client.increaseTime({ seconds: 3_600 })
    await ask(node, 'evm_mine')
    expect(head().timestamp - before).toBeGreaterThanOrEqual(3_600n)
    await client.setNextBlockTimestamp({ timestamp: before + 7_200n })
    await ask(node, 'evm_mine')
    expect((await client.getBlock()).timestamp).toBe(before + 7_200n)
  })

  it('cannot take a block back', async () => {
    expect((await ask(node, 'evm_snapshot')).error).toMatchObject({ code: -32601 })
    expect((await ask(node, 'evm_revert', '0x1')).error).toMatchObject({ code: -32601 })
  })
})

describe('every other network', () => {
  it('does not know these methods', async () => {
    const node = await startTestNode({ onlyMine: true })
    try {
      for (const method of ['evm_mine', 'evm_increaseTime', 'evm_setNextBlockTimestamp']) {
        expect((await ask(node, method, 1)).error).toMatchObject({ code: -32601 })
      }
    } finally {
      await node.close()
    }
  })

  it('cannot become one when it has no faucets', async () => {
    const { chainId, time, validator: address } = await testGenesis()
    const genesis = await makeGenesis({ chainId, time, validator: address, faucets: [] })
    const options = { memory: true, genesis, validatorKey: validator.privateKey, development: true } as const
    await expect(createChain(options)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
