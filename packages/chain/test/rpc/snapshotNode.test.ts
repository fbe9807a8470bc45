import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Chain, startRpc } from '../../src/index.ts'
import { startTestNode, type TestNode } from './node.testkit.ts'

let node: TestNode

beforeAll(async () => {
  node = await startTestNode({ onlyMine: true })
  for (let i = 0; i < 5; i++) await node.mine()
})
afterAll(() => node.close())

/** What JSON-RPC answers about the same chain with some of it changed: `[method, params]` to result or error. */
async function asked(changed: Partial<Chain>, calls: readonly (readonly [string, unknown[]])[]): Promise<unknown[]> {
  const rpc = await startRpc({ ...node.chain, ...changed })
  try {
    const body = JSON.stringify(calls.map(([method, params], id) => ({ jsonrpc: '2.0', id, method, params })))
    const answer = await fetch(rpc.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const answers = (await answer.json()) as { result?: unknown; error?: { code: number; message: string } }[]
    return answers.map(({ result, error }) => error ?? result)
  } finally {
    await rpc.close()
  }
}

describe('a node that began with the snapshot of block 3', () => {
  const begun: Partial<Chain> = {
    firstBlock: () => 3n,
    eachReceipt: (height) => (height <= 3n ? undefined : node.chain.eachReceipt(height)),
    payments: (height) => (height <= 3n ? undefined : node.chain.payments(height)),
  }
  const pruned = { code: 4444, message: 'pruned history unavailable' }

  it('says that older blocks are gone instead of that they never were', async () => {
    const answers = await asked(begun, [
      ['eth_getBlockByNumber', ['0x2', false]],
      ['eth_getBlockByNumber', ['earliest', false]],
      ['eth_getBalance', ['0x00000000000000000000000000000000000000aa', '0x0']],
      ['eth_getBlockReceipts', ['0x3']],
      ['eth_getLogs', [{ fromBlock: '0x1' }]],
      ['eth_getLogs', [{ fromBlock: '0x3' }]],
    ])
    expect(answers).toEqual(answers.map(() => pruned))
  })

  it('answers about the others, and says where they begin', async () => {
    const [block, receipts, logs, capabilities, fees] = await asked(begun, [
      ['eth_getBlockByNumber', ['0x3', false]],
      ['eth_getBlockReceipts', ['0x4']],
      ['eth_getLogs', [{ fromBlock: '0x4' }]],
      ['eth_capabilities', []],
      ['eth_feeHistory', ['0x400', 'latest', []]],
    ])
    expect(fees).toMatchObject({ oldestBlock: '0x3' })
    expect(block).toMatchObject({ number: '0x3' })
    expect(receipts).toEqual([])
    expect(logs).toEqual([])
    expect(capabilities).toMatchObject({ state: { oldestBlock: '0x3' }, receipts: { oldestBlock: '0x4' } })
  })
})

it('a node that is restoring a snapshot says so, whatever it is asked of the chain', async () => {
  const [syncing, chainId, head, balance] = await asked({ restoring: () => 7n }, [
    ['eth_syncing', []],
    ['eth_chainId', []],
    ['eth_blockNumber', []],
    ['eth_getBalance', ['0x00000000000000000000000000000000000000aa', 'latest']],
  ])
  expect(syncing).toEqual({ startingBlock: '0x0', currentBlock: '0x0', highestBlock: '0x7' })
  expect(chainId).toBe(`0x${node.viemChain.id.toString(16)}`)
  for (const answer of [head, balance])
    expect(answer).toMatchObject({ code: -32_000, message: expect.stringContaining('snapshot of block 7') })
})
