import { ADDRESSES } from '@opengradient/contracts/addresses'
import { type Address, bytesToHex, type Hex, hexToBytes, keccak256 } from '@opengradient/protocol'
import { parseGwei, type TransactionSerializable } from 'viem'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { outcomeOf } from '../src/chain/outcome.ts'
import { type ChainClient, connect, createWriter } from '../src/index.ts'
import { type Lie, lyingRpc, startNetwork, type TestNetwork } from './network.testkit.ts'

let net: TestNetwork
let honest: ChainClient

beforeAll(async () => {
  net = await startNetwork({ chainId: 7_000_000_021n })
  honest = connect({ network: net.network, headSeconds: 0 })
})
afterAll(() => net?.close())

const TO: Address = `0x${'99'.repeat(20)}`
const UNWRAP: Hex = `0x2e1a7d4d${'ff'.repeat(32)}`
const lied = (message: string) =>
  expect.objectContaining({
    code: 'RPC_LIED',
    message: expect.stringContaining(message),
    details: expect.objectContaining({ hash: expect.stringMatching(/^0x/) }),
  })

/** A writer behind an RPC that lies. */
async function deceived(lie: Lie) {
  const proxy = await lyingRpc(net.rpc.url, lie)
  onTestFinished(proxy.close)
  return createWriter({ client: connect({ network: net.network, rpcUrl: proxy.url, headSeconds: 0 }), account: net.accountOf(0) })
}

const saying =
  (status: Hex): Lie =>
  ({ method }, { result }) => {
    if (method === 'eth_estimateGas') return '0x30d40'
    return method === 'eth_getTransactionReceipt' && result ? { ...result, status } : undefined
  }

describe('an RPC that lies about what a transaction did is caught:', () => {
  test('a transfer that succeeded and is said to be refused is not sent again', async () => {
    const before = await honest.balance(TO)
    const writer = await deceived(saying('0x0'))
    await expect(writer.transfer(TO, 5n)).rejects.toThrow(lied('proves that it succeeded'))
    expect((await honest.balance(TO)).opg).toBe(before.opg + 5n)
  })

  test('a transaction that was refused and is said to have succeeded', async () => {
    const writer = await deceived(saying('0x1'))
    await expect(writer.unwrap(10n ** 30n)).rejects.toThrow(lied('proves that it was refused'))
  })

  test('the same with outcomes of the block to match', async () => {
    for (const [status, run] of [
      ['0x0', (writer: ReturnType<typeof createWriter>) => writer.wrap(1n)],
      ['0x1', (writer: ReturnType<typeof createWriter>) => writer.unwrap(10n ** 30n)],
    ] as const) {
      const writer = await deceived((call, answer) => {
        if (call.method !== 'eth_getBlockReceipts') return saying(status)(call, answer)
        return (answer.result as object[]).map((outcome) => ({ ...outcome, status }))
      })
      await expect(run(writer)).rejects.toThrow(lied('ask another RPC before you send it again'))
    }
  })

  test('with logs that the transaction did not leave', async () => {
    const writer = await deceived(({ method }, { result }) => {
      if (method !== 'eth_getBlockReceipts') return undefined
      return (result as { logs: object[] }[]).map((outcome) => ({
        ...outcome,
        logs: outcome.logs.map((log) => ({ ...log, data: '0x01' })),
      }))
    })
    await expect(writer.wrap(1n)).rejects.toThrow(lied('outcomes of its transactions'))
  })

  test('with the outcome of another transaction in its place, in a block of somebody else', async () => {
    const { height } = await createWriter({ client: honest, account: net.accountOf(1) }).wrap(1n)
    const writer = await deceived(({ method }, { result }) => {
      return method === 'eth_getTransactionReceipt' && result ? { ...result, blockNumber: `0x${height.toString(16)}` } : undefined
    })
    await expect(writer.wrap(1n)).rejects.toThrow(lied('it is not'))
  })

  test('with the transactions of a block in another order, or with one left out, or with something else', async () => {
    const changes: ((transactions: object[]) => unknown)[] = [
      (transactions) => [...transactions, ...transactions],
      () => [],
      () => null,
      (transactions) => transactions.map((transaction) => ({ ...transaction, value: '0x7' })),
      () => [null],
    ]
    for (const change of changes) {
      const writer = await deceived(({ method, params }, { result }) => {
        if (method !== 'eth_getBlockByNumber' || params[1] !== true) return undefined
        const block = result as { transactions: object[] }
        return { ...block, transactions: change(block.transactions) }
      })
      await expect(writer.transfer(TO, 1n)).rejects.toThrow(lied('Whether transaction'))
    }
  })
})

describe('an RPC that falls silent once it has a payment leaves the outcome unknown, and says which transaction to look for:', () => {
  const silence = (from: string) => {
    let silent = false
    const fetch: typeof globalThis.fetch = async (url, init) => {
      const body = `${init?.body}`
      if (!silent) {
        const answer = await globalThis.fetch(url, init)
        silent = body.includes(from)
        if (!silent) return answer
      }
      throw new TypeError('fetch failed')
    }
    return createWriter({ client: connect({ network: net.network, headSeconds: 0, fetch }), account: net.accountOf(0) })
  }
  const unknown = expect.objectContaining({
    code: 'CHAIN_UNREACHABLE',
    message: expect.stringMatching(/^transfer: .* Whether transaction 0x[0-9a-f]{64} succeeded is unknown; ask another RPC/),
    details: expect.objectContaining({ hash: expect.stringMatching(/^0x[0-9a-f]{64}$/) }),
  })

  test.each(['eth_sendRawTransaction', 'eth_getTransactionReceipt'])('at %s', async (method) => {
    const before = await honest.balance(TO)
    await expect(silence(method).transfer(TO, 5n)).rejects.toThrow(unknown)
    await expect.poll(async () => (await honest.balance(TO)).opg).toBe(before.opg + 5n)
  })

  test('before, nothing was sent, and nothing is to be looked for', async () => {
    const refused = await silence('eth_estimateGas')
      .transfer(TO, 5n)
      .catch((error) => error)
    expect(refused).toMatchObject({ code: 'CHAIN_UNREACHABLE' })
    expect(refused.details).not.toHaveProperty('hash')
  })
})

test('a refused transaction is refused by its reason, which a block proves', async () => {
  const writer = await deceived(({ method }) => (method === 'eth_estimateGas' ? '0x30d40' : undefined))
  await expect(writer.unwrap(10n ** 30n)).rejects.toThrow(expect.objectContaining({ code: 'PAYMENT_INSUFFICIENT_BALANCE' }))
})

test('every kind of transaction in one block is proven to have done what it did', async () => {
  const { chainId } = net.network
  const price = { chainId, gas: 200_000n, gasPrice: parseGwei('100') } as const
  const fees = { chainId, gas: 200_000n, maxFeePerGas: parseGwei('100'), maxPriorityFeePerGas: 1n } as const
  const entry = { address: ADDRESSES.wopg, storageKeys: [`0x${'00'.repeat(31)}01` as Hex] }
  const delegation = await net.accountOf(6).signAuthorization?.({ address: ADDRESSES.wopg, chainId, nonce: 0 })
  const kinds: [TransactionSerializable, boolean][] = [
    [{ type: 'legacy', to: TO, value: 1n, ...price }, true],
    [{ type: 'eip2930', to: TO, value: 2n, accessList: [entry], ...price }, true],
    [{ type: 'eip1559', to: ADDRESSES.wopg, value: 3n, data: '0xd0e30db0', ...fees }, true],
    [{ type: 'eip1559', to: ADDRESSES.wopg, data: UNWRAP, ...fees }, false],
    [{ type: 'eip1559', data: '0x600060005500', ...fees }, true],
    [{ type: 'eip7702', to: TO, value: 4n, authorizationList: [delegation as NonNullable<typeof delegation>], ...fees }, true],
  ]
  const account = net.accountOf(5)
  const raws = await Promise.all(kinds.map(([transaction], nonce) => account.signTransaction({ ...transaction, nonce })))
  const hashes = await Promise.all(raws.map((raw) => honest.rpc.viem.sendRawTransaction({ serializedTransaction: raw })))
  const receipts = await Promise.all(hashes.map((hash) => honest.rpc.viem.waitForTransactionReceipt({ hash })))
  await honest.head({ atLeast: Math.max(...receipts.map(({ blockNumber }) => Number(blockNumber))) })
  for (const [i, { blockNumber }] of receipts.entries()) {
    expect(hashes[i]).toBe(bytesToHex(keccak256(hexToBytes(raws[i] as Hex))))
    const outcome = await outcomeOf(honest.rpc, await honest.block(Number(blockNumber)), hashes[i] as Hex)
    expect([i, outcome.succeeded, outcome.logs.length]).toEqual([i, kinds[i]?.[1], i === 2 ? 2 : 0])
  }
})
