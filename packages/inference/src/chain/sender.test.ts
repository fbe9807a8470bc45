import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mostGasPrice, TIP } from '@opengradient/client'
import { type Hex, OgError } from '@opengradient/protocol'
import { keccak256, parseTransaction } from 'viem'
import { expect, onTestFinished, test } from 'vitest'
import { silentLog } from '../log.ts'
import { nodeAccount } from './account.ts'
import { httpRpc, type Rpc } from './rpc.ts'
import { type GasCall, Sender, type SignedTx } from './sender.ts'

test('a transaction that is never seen in a block is made dearer five times, and then sent again as it is: whoever hides it gets no more', async () => {
  const sent: Hex[] = []
  let height = 0
  let enough = () => {}
  const seen = new Promise<void>((resolve) => (enough = resolve))
  const answers: Record<string, (given: Hex) => unknown> = {
    eth_blockNumber: () => `0x${(++height).toString(16)}`,
    eth_getTransactionCount: () => '0x7',
    eth_getBalance: () => '0xde0b6b3a7640000',
    eth_getBlockByNumber: () => ({ baseFeePerGas: '0x64' }),
    eth_getTransactionReceipt: () => null,
    eth_sendRawTransaction: (raw) => {
      sent.push(raw)
      if (sent.length === 12) enough()
      return `0x${'00'.repeat(32)}`
    },
  }
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request) text += part
    const calls = [JSON.parse(text)].flat() as { id: number; method: string; params: Hex[] }[]
    const replies = calls.map(({ id, method, params }) => ({ jsonrpc: '2.0', id, result: answers[method]!(params[0]!) }))
    response.end(JSON.stringify(text.startsWith('[') ? replies : replies[0]))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const rpc = httpRpc(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => rpc.close())
  const sender = new Sender({ rpc, account: nodeAccount(new Uint8Array(32).fill(3)), chainId: 5n, log: silentLog, patienceMs: 0 })
  const kept: SignedTx[] = []
  const sending = sender.send(
    { to: `0x${'12'.repeat(20)}`, data: new Uint8Array(), gas: 21_000n },
    async (signed) => void kept.push(signed),
  )
  await seen
  sender.stop()
  await expect(sending).rejects.toMatchObject({ code: 'INTERRUPTED' })
  const tips = sent.map((raw) => Number(parseTransaction(raw).maxPriorityFeePerGas! / TIP))
  expect(tips.slice(0, 12)).toEqual([1, 2, 4, 8, 16, 32, 32, 32, 32, 32, 32, 32])
  expect(kept.map(({ tx }) => tx)).toEqual([...new Set(sent)].map((raw) => keccak256(raw)))
})

const ACCOUNT = nodeAccount(new Uint8Array(32).fill(3))
const CALL: GasCall = { to: `0x${'12'.repeat(20)}`, data: new Uint8Array(), gas: 100_000n }
const GWEI = 10n ** 9n

/** A full node with a pool of one account, whose blocks take what pays the base fee. Nothing of the account was in a block before `first`. */
function fullNode(first = 7) {
  const pool = new Map<number, Hex>()
  const blocks = new Map<Hex, number>()
  const node = { baseFee: GWEI / 10n, balance: 10n ** 18n, used: first, height: 0, pool, sent: [] as Hex[], busy: false }
  const fees = (raw: Hex) => {
    const { maxFeePerGas = 0n, maxPriorityFeePerGas = 0n, nonce = 0, gas = 0n } = parseTransaction(raw)
    return { maxFeePerGas, maxPriorityFeePerGas, nonce, gas }
  }
  const mine = () => {
    for (let next = pool.get(node.used); next && fees(next).maxFeePerGas >= node.baseFee; next = pool.get(node.used)) {
      pool.delete(node.used++)
      blocks.set(keccak256(next), node.height)
    }
  }
  const add = (raw: Hex) => {
    const { nonce, maxFeePerGas, maxPriorityFeePerGas, gas } = fees(raw)
    const known = pool.get(nonce)
    if (known === raw) return keccak256(raw)
    if (nonce < node.used) throw new OgError('RPC_ERROR', 'nonce too low')
    if (gas * maxFeePerGas > node.balance) throw new OgError('RPC_ERROR', 'insufficient funds')
    const before = known && fees(known)
    if (before && (maxFeePerGas * 10n < before.maxFeePerGas * 11n || maxPriorityFeePerGas * 10n < before.maxPriorityFeePerGas * 11n))
      throw new OgError('RPC_ERROR', 'replacement transaction underpriced')
    pool.set(nonce, raw)
    node.sent.push(raw)
    return keccak256(raw)
  }
  const pending = () => {
    let next = node.used
    while (pool.has(next)) next++
    return next
  }
  const hex = (number: number | bigint) => `0x${number.toString(16)}`
  const answers: Record<string, (first: Hex, second: unknown) => unknown> = {
    eth_blockNumber: () => {
      node.height++
      if (!node.busy) mine()
      return hex(node.height)
    },
    eth_getTransactionCount: (_, tag) => hex(tag === 'pending' ? pending() : node.used),
    eth_getBalance: () => hex(node.balance),
    eth_getBlockByNumber: () => ({ baseFeePerGas: hex(node.baseFee) }),
    eth_getTransactionReceipt: (tx) =>
      blocks.has(tx) ? { blockNumber: hex(blocks.get(tx)!), status: '0x1', gasUsed: '0x5208', logs: [] } : null,
    eth_sendRawTransaction: add,
  }
  const rpc: Rpc = { call: async (method, params) => answers[method]!(params[0] as Hex, params[1]), close: () => {} }
  const reasons: string[] = []
  const log = { warn: (facts: object) => void reasons.push((facts as { reason: string }).reason) }
  const newSender = () => {
    const sender = new Sender({ rpc, account: ACCOUNT, chainId: 5n, log, patienceMs: 0 })
    onTestFinished(() => sender.stop())
    return sender
  }
  return { node, newSender, reasons }
}

/** Transactions of one nonce, each twice as dear as the one before, the first at this base fee. */
function doubled(nonce: number, baseFeePerGas: bigint, count: number): SignedTx[] {
  return Array.from({ length: count }, (_, i) => {
    const maxFeePerGas = mostGasPrice({ baseFeePerGas }) * 2n ** BigInt(i)
    return { nonce, ...ACCOUNT.sign({ ...CALL, chainId: 5n, nonce, maxFeePerGas, maxPriorityFeePerGas: TIP * 2n ** BigInt(i) }) }
  })
}

test('a base fee that has outgrown all five replacements is paid: what no block can take would hold up all that come after it', async () => {
  const { node, newSender } = fullNode()
  const waiting = doubled(7, node.baseFee, 6)
  node.pool.set(7, waiting[5]!.raw)
  node.baseFee = 200n * GWEI
  const kept: SignedTx[] = []
  const included = await newSender().follow(waiting, CALL, async (signed) => void kept.push(signed))
  expect(kept.map(({ tx }) => tx)).toEqual([included.tx])
  const { maxFeePerGas, maxPriorityFeePerGas } = parseTransaction(kept[0]!.raw)
  expect(maxFeePerGas).toBe(mostGasPrice({ baseFeePerGas: 200n * GWEI }))
  // As little more as the pool takes: who claims a base fee earns a tenth.
  expect(maxPriorityFeePerGas).toBe((TIP * 32n * 11n) / 10n + 1n)
})

test('a base fee that one of six transactions can pay makes none of them dearer, though blocks leave them out', async () => {
  const { node, newSender } = fullNode()
  const waiting = doubled(7, node.baseFee, 6)
  node.pool.set(7, waiting[5]!.raw)
  node.busy = true
  node.baseFee = mostGasPrice({ baseFeePerGas: node.baseFee }) * 32n
  const sender = newSender()
  const kept: SignedTx[] = []
  const following = sender.follow(waiting, CALL, async (signed) => void kept.push(signed))
  await expect.poll(() => node.height).toBeGreaterThan(8)
  expect(kept).toEqual([])
  node.busy = false
  expect(await following).toMatchObject({ tx: waiting[5]!.tx })
})

test('who has not the money for a base fee that has risen waits until it falls, and says so once', async () => {
  const { node, newSender, reasons } = fullNode()
  const waiting = doubled(7, node.baseFee, 6)
  node.pool.set(7, waiting[5]!.raw)
  node.baseFee = 200n * GWEI
  node.balance = CALL.gas * 200n * GWEI
  const following = newSender().follow(waiting, CALL, async () => {})
  await expect.poll(() => node.height).toBeGreaterThan(8)
  expect(reasons).toEqual([expect.stringContaining('too little for the gas')])
  node.baseFee = GWEI
  expect(await following).toMatchObject({ tx: waiting[5]!.tx })
})

test('a transaction that nobody needs any more, and that waits, makes way for those behind it', async () => {
  const { node, newSender } = fullNode()
  const [forgotten] = doubled(7, node.baseFee, 1)
  node.pool.set(7, forgotten!.raw)
  node.baseFee = 5n * GWEI
  const sender = newSender()
  const kept: SignedTx[] = []
  await sender.clear([forgotten!], async (signed) => void kept.push(signed))
  expect(node.used).toBe(8)
  expect(kept.map(({ raw }) => parseTransaction(raw))).toMatchObject([{ to: ACCOUNT.address.toLowerCase(), gas: 21_000n, nonce: 7 }])
  expect(await sender.send(CALL, async () => {})).toMatchObject({ ok: true })
})

test('a full node that has lost the block of a transaction, or had made it up, is believed when it goes on without it', async () => {
  const { node, newSender } = fullNode()
  const sender = newSender()
  const kept: SignedTx[] = []
  const keep = async (signed: SignedTx) => void kept.push(signed)
  await sender.send(CALL, keep)
  node.used = 7
  node.height += 3
  await sender.send(CALL, keep)
  expect(kept.map(({ nonce }) => nonce)).toEqual([7, 7])
})

test('what a transaction may cost that waits since before the start is promised to no other', async () => {
  const { node, newSender } = fullNode()
  const [waiting] = doubled(7, node.baseFee, 1)
  node.pool.set(7, waiting!.raw)
  node.busy = true
  const price = mostGasPrice({ baseFeePerGas: node.baseFee })
  node.balance = (CALL.gas * price * 3n) / 2n
  const sender = newSender()
  const following = sender.follow([waiting!], CALL, async () => {})
  await expect(sender.send(CALL, async () => expect.unreachable())).rejects.toMatchObject({ code: 'CHAIN_TX_REJECTED' })
  node.busy = false
  expect(await following).toMatchObject({ tx: waiting!.tx })
})

test('nothing is sent for a transaction that nobody needs, if it is in a block or no pool has it', async () => {
  const { node, newSender } = fullNode()
  for (const nonce of [6, 7]) await newSender().clear(doubled(nonce, node.baseFee, 1), async () => expect.unreachable())
  expect(node.sent).toEqual([])
})
