import { type Address, type Hex, hexToBytes } from '@opengradient/protocol'
import { numberToHex, parseGwei, parseTransaction } from 'viem'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { connect, createWriter } from '../src/index.ts'
import { type Lie, lyingRpc, startNetwork, type TestNetwork } from './network.testkit.ts'

let net: TestNetwork
beforeAll(async () => {
  // No block comes but those that a test makes.
  net = await startNetwork({ chainId: 7_000_000_031n, blockInterval: 3_600_000, idleInterval: 3_600_000 })
  await net.chain.mine?.()
})
afterAll(() => net?.close())

const TO: Address = `0x${'99'.repeat(20)}`
const account = () => net.accountOf(0)
const from = () => account().address.toLowerCase() as Address
const refusal = (code: string, message: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(message) })

/** A transfer as another program of an account would sign it. */
const signed = (change: { nonce?: number; chainId?: number; by?: number } = {}) => {
  const { nonce = 0, chainId = net.network.chainId, by = 0 } = change
  const prices = { gas: 21_000n, maxFeePerGas: parseGwei('100'), maxPriorityFeePerGas: 1n } as const
  return net.accountOf(by).signTransaction({ type: 'eip1559', chainId, nonce, to: TO, value: 1n, ...prices })
}

/** What a node tells of the last of these transactions, which wait. */
async function waiting(...raws: Hex[]): Promise<Record<string, unknown>> {
  const other = await startNetwork({ chainId: BigInt(net.network.chainId), blockInterval: 3_600_000, idleInterval: 3_600_000 })
  await other.chain.mine?.()
  for (const raw of raws) await other.chain.submit(hexToBytes(raw))
  const rpc = connect({ network: other.network }).rpc
  const content = (await rpc.call('txpool_contentFrom', [from()])) as { pending: Record<string, Record<string, unknown>> }
  await other.close()
  return Object.values(content.pending).at(-1)!
}

/** A writer behind an RPC that lies, and keeps what it is sent. */
async function deceived(lie: Lie, waitMs = 400) {
  const proxy = await lyingRpc(net.rpc.url, lie, ['eth_sendRawTransaction'])
  onTestFinished(proxy.close)
  const client = connect({ network: net.network, rpcUrl: proxy.url, headSeconds: 0, maxHeadAge: 1_000_000 })
  const sent = () => proxy.asked.filter(({ method }) => method === 'eth_sendRawTransaction').length
  return { writer: createWriter({ client, account: account(), waitMs }), sent }
}

/** Counts one transaction of the account that was not run, and shows these. */
const counting =
  (shown: Record<string, unknown>): Lie =>
  ({ method }) => {
    if (method === 'eth_getTransactionCount') return '0x1'
    return method === 'txpool_contentFrom' ? { pending: shown, queued: {} } : undefined
  }

describe('nothing is signed for a later nonce, to be run when the same was paid anew, where an RPC counts transactions', () => {
  const unproven = refusal('RPC_LIED', /next nonce of 0x[0-9a-f]{40} is 1; the chain proves 0/)

  test('that it does not show', async () => {
    const { writer, sent } = await deceived(counting({}))
    await expect(writer.transfer(TO, 1n)).rejects.toThrow(unproven)
    expect(sent()).toBe(0)
  })

  test('that the account has not signed for this nonce and chain', async () => {
    const genuine = await waiting(await signed())
    /** The same words, with the signature of another transaction. */
    const told = async (change: Parameters<typeof signed>[0]) => {
      const { nonce = 0, chainId = 0, r, s, yParity = 0 } = parseTransaction(await signed(change))
      return {
        ...genuine,
        nonce: numberToHex(nonce),
        chainId: numberToHex(chainId),
        r,
        s,
        yParity: numberToHex(yParity),
        v: numberToHex(yParity),
      }
    }
    expect(await told({})).toMatchObject({ r: genuine.r, s: genuine.s })
    const others = await Promise.all([told({ by: 1 }), told({ nonce: 1 }), told({ chainId: net.network.chainId + 1 })])
    const changed = [...others, { ...genuine, value: '0x2' }, {}, null, 'trust me']
    for (const entry of changed) {
      const { writer, sent } = await deceived(counting({ 0: entry }))
      await expect(writer.transfer(TO, 1n)).rejects.toThrow(unproven)
      expect(sent()).toBe(0)
    }
  })
})

test('one that another program of the account has waiting is shown, and the next comes behind it', async () => {
  const { writer, sent } = await deceived(counting({ 0: await waiting(await signed()) }))
  await expect(writer.transfer(TO, 1n)).rejects.toThrow(refusal('CHAIN_WAIT_TIMEOUT', /was sent/))
  expect(sent()).toBe(1)
})

test('one that was shown and is run since, which is proven only a block later, need not be shown again', async () => {
  const both = [await waiting(await signed()), await waiting(await signed(), await signed({ nonce: 1 }))]
  let looks = 0
  const { writer, sent } = await deceived(({ method }) => {
    if (method === 'eth_getTransactionCount') return '0x2'
    return method === 'txpool_contentFrom' ? { pending: { [looks % 2]: both[looks++ % 2] }, queued: {} } : undefined
  }, 1_000)
  await expect(writer.transfer(TO, 1n)).rejects.toThrow(refusal('CHAIN_WAIT_TIMEOUT', /was sent/))
  expect([looks, sent()]).toEqual([2, 1])
})

test('one that was run and is not proven yet is waited for', async () => {
  let asked = 0
  const { writer, sent } = await deceived(({ method }) => (method === 'eth_getTransactionCount' && asked++ < 2 ? '0x1' : undefined), 2_000)
  await expect(writer.transfer(TO, 1n)).rejects.toThrow(refusal('CHAIN_WAIT_TIMEOUT', /was sent/))
  expect([asked > 2, sent()]).toEqual([true, 1])
})

test('an RPC that said it refused a transaction, and counts it, is not given another', async () => {
  let kept: Hex | undefined
  let shown: Record<string, unknown> | undefined
  const lie: Lie = (call, answer) => {
    if (call.method === 'eth_sendRawTransaction') kept = call.params[0] as Hex
    return shown && counting({ 0: shown })(call, answer)
  }
  const proxy = await lyingRpc(net.rpc.url, lie, ['eth_sendRawTransaction'])
  onTestFinished(proxy.close)
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const reply = await globalThis.fetch(url, init)
    if (!`${init?.body}`.includes('eth_sendRawTransaction')) return reply
    const [{ id }] = [JSON.parse(`${init?.body}`)].flat()
    return Response.json([{ jsonrpc: '2.0', id, error: { code: -32000, message: 'insufficient funds' } }])
  }
  const client = connect({ network: net.network, rpcUrl: proxy.url, headSeconds: 0, maxHeadAge: 1_000_000, fetch })
  const writer = createWriter({ client, account: account(), waitMs: 400 })
  await expect(writer.transfer(TO, 1n)).rejects.toThrow(refusal('CHAIN_TX_REJECTED', /insufficient funds/))
  shown = await waiting(kept!)
  await expect(writer.transfer(TO, 1n)).rejects.toThrow(refusal('RPC_LIED', /which it said it refused/))
})
