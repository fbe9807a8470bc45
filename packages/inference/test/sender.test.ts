import { randomBytes } from 'node:crypto'
import { mostGasPrice } from '@opengradient/client'
import { ADDRESSES } from '@opengradient/contracts'
import { DEV_ACCOUNTS, hexToBytes } from '@opengradient/protocol'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { nodeAccount } from '../src/chain/account.ts'
import { httpRpc } from '../src/chain/rpc.ts'
import { type GasCall, Sender, type SignedTx } from '../src/chain/sender.ts'
import { eventually, OPG, startTestNetwork, type TestNetwork } from './network.testkit.ts'
import { type RpcProxy, startRpcProxy } from './rpcProxy.testkit.ts'

/** Blocks come when a test says so. */
const HELD_BACK = { blockInterval: 3_600_000, idleInterval: 3_600_000, gather: 3_600_000 }
const CALL: GasCall = { to: `0x${'12'.repeat(20)}`, data: new Uint8Array(), gas: 100_000n }

let net: TestNetwork

beforeAll(async () => {
  net = await startTestNetwork(HELD_BACK)
  // Until the base fee has fallen so far that it makes no difference how many more blocks a test takes.
  for (let height = 0; height < 60; height++) await net.chain.mine!()
})
afterAll(() => net?.close())

/** The most that `CALL` costs at first, OPG wei. */
const gasMoney = () => CALL.gas * mostGasPrice({ baseFeePerGas: net.chain.nextBaseFee() })

/** A sender of a new account that has `funds` OPG wei, and an RPC that a test can have lose and lie. */
async function newSender(funds: bigint) {
  const account = nodeAccount(randomBytes(32))
  await mined(net.writer(DEV_ACCOUNTS.user).transfer(account.address, funds))
  const proxy = await startRpcProxy(net.rpcUrl)
  onTestFinished(() => proxy.close())
  const rpc = httpRpc(proxy.url, 5_000)
  onTestFinished(() => rpc.close())
  const reasons: string[] = []
  const log = { warn: (facts: object) => void reasons.push((facts as { reason: string }).reason) }
  const sender = new Sender({ rpc, account, chainId: BigInt(net.network.chainId), log, patienceMs: 0 })
  onTestFinished(() => sender.stop())
  const kept: SignedTx[] = []
  const keep = async (signed: SignedTx) => void kept.push(signed)
  return { account, proxy, sender, kept, keep, reasons }
}

/** How often a method was called from now on. */
function callsThrough(proxy: RpcProxy): (method: string) => number {
  const seen: string[] = []
  proxy.after = (methods) => void seen.push(...methods)
  return (method) => seen.filter((one) => one === method).length
}

/** Makes blocks until this is done. */
async function mined<T>(work: Promise<T>): Promise<T> {
  let done = false
  const over = () => {
    done = true
  }
  work.then(over, over)
  await eventually(async () => {
    await net.chain.mine!()
    return done
  }, 'done')
  return work
}

test('a node without the money for a higher fee goes on with the transaction that waits', async () => {
  const { account, proxy, sender, kept, keep, reasons } = await newSender((5n * gasMoney()) / 2n)
  const waiting = () => net.chain.pool.contentFrom(account.address).pending.map(({ hash }) => hash)
  const calls = callsThrough(proxy)
  const sending = sender.send(CALL, keep)
  sending.catch(() => {})
  // Twice the fee is what it can pay, and not four times.
  await eventually(() => calls('eth_sendRawTransaction') >= 4, 'sent again')
  expect(kept.length).toBe(2)
  expect(waiting()).toEqual([kept[1]!.tx])
  expect(reasons).toEqual([expect.stringContaining('too little for the gas')])
  // One that was kept when there was more money is refused, after a start perhaps.
  const chainId = BigInt(net.network.chainId)
  const fees = { maxFeePerGas: 10n ** 15n, maxPriorityFeePerGas: 10n ** 15n }
  await sender.resend([...kept, { nonce: 0, ...account.sign({ chainId, nonce: 0, ...CALL, ...fees }) }])
  expect(waiting()).toEqual([kept[1]!.tx])
  expect(reasons.at(-1)).toContain('insufficient funds')
  expect(await mined(sending)).toMatchObject({ tx: kept[1]!.tx, ok: true })
})

test('transactions that wait have the money for their gas: no other one is promised it', async () => {
  const { sender, kept, keep } = await newSender((3n * gasMoney()) / 2n)
  const sending = sender.send(CALL, keep)
  sending.catch(() => {})
  await expect(sender.send(CALL, keep)).rejects.toMatchObject({ code: 'CHAIN_TX_REJECTED' })
  expect(kept.length).toBe(1)
  expect(await mined(sending)).toMatchObject({ ok: true })
})

test('a node without the money for its gas keeps nothing of a transaction, however often it tries', async () => {
  const { account, sender, kept, keep } = await newSender(gasMoney() / 2n)
  await expect(sender.send(CALL, keep)).rejects.toMatchObject({
    code: 'CHAIN_TX_REJECTED',
    message: expect.stringContaining(`the account ${account.address} has`),
  })
  expect(kept).toEqual([])
})

test('a transaction that the full node has lost, and that is given up, leaves no gap behind which all others wait', async () => {
  const { account, proxy, sender, keep } = await newSender(OPG)
  // It is taken, and gone with the memory of a full node that is killed then.
  proxy.lie = ({ method }) => (method === 'eth_sendRawTransaction' ? `0x${'00'.repeat(32)}` : undefined)
  const lost = sender.send(CALL, keep)
  lost.catch(() => {})
  const calls = callsThrough(proxy)
  await eventually(() => calls('eth_getTransactionReceipt') > 0, 'followed')
  proxy.fate = () => 'drop'
  await expect(lost).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
  proxy.fate = () => 'pass'
  proxy.lie = () => undefined
  const kept: SignedTx[] = []
  const next = sender.send(CALL, async (signed) => void kept.push(signed))
  next.catch(() => {})
  await eventually(() => kept.length > 0, 'kept')
  expect(kept[0]!.nonce).toBe(0)
  expect(await mined(next)).toMatchObject({ ok: true })
  expect(net.chain.pool.contentFrom(account.address)).toEqual({ pending: [], queued: [] })
})

test('a transaction that nobody needs any more leaves the pool for one that does nothing', async () => {
  const { account, proxy, sender, kept, keep } = await newSender(OPG)
  // Only sent, and never made dearer.
  proxy.fate = (methods) => (kept.length > 0 && methods.includes('eth_getTransactionReceipt') ? 'drop' : 'pass')
  await expect(sender.send(CALL, keep)).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' })
  proxy.fate = () => 'pass'
  const forgotten = [...kept]
  const clearing = sender.clear(forgotten, keep)
  clearing.catch(() => {})
  await eventually(() => kept.length > 1, 'replaced')
  const waiting = net.chain.pool.contentFrom(account.address).pending
  expect(waiting.map(({ fields }) => fields.gasLimit)).toEqual([21_000n])
  await mined(clearing)
  expect(await sender.used()).toBe(1)
})

test('a call has a quarter more gas than it takes now, and no more than a block has', async () => {
  const { sender, keep } = await newSender(OPG)
  /** Makes a contract that fills so much memory, and is empty. */
  const filling = (bytes: number) => ({
    to: ADDRESSES.create2Deployer,
    data: hexToBytes(`0x${'00'.repeat(32)}5f63${bytes.toString(16).padStart(8, '0')}5200`),
  })
  const small = await sender.gasFor(filling(1_000))
  expect(small).toBeGreaterThan(60_000n)
  expect(small).toBeLessThan(70_000n)
  const large = filling(5_200_000)
  const gas = await sender.gasFor(large)
  expect(gas).toBe(60_000_000n)
  const { ok, gasUsed } = await mined(sender.send({ ...large, gas }, keep))
  expect(ok).toBe(true)
  // A quarter more would be more than a block has.
  expect(gasUsed).toBeGreaterThan(48_000_000n)
})
