import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { challengeDeposit, connect, createWriter, heldPaymentCalls, heldPaymentsOf, heldReceipt } from '@opengradient/client'
import { bytesToHex, DEV_ACCOUNTS, type Hex } from '@opengradient/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startInferenceNode } from '../src/node.ts'
import { ask, earnCredit, handPayment, newAsk } from './caller.testkit.ts'
import { eventually, OPG, startTestNetwork, type TestNetwork, VOLATILITY } from './network.testkit.ts'

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 })

const NAME = 'og/provable'
const PRICE = OPG / 1000n
const USER = DEV_ACCOUNTS.user
const [CHALLENGE_BLOCKS, PROOF_BLOCKS] = [3_600, 21_600]

let net: TestNetwork
beforeAll(async () => {
  net = await startTestNetwork()
  await net.publishZk(VOLATILITY, NAME)
  await net.writer(USER).wrap(10n * OPG)
})
afterAll(() => net?.close())

test('payments that a lost journal knew are found on chain, and ended there: price, penalty and bond are free again', async () => {
  const config = net.nodeConfig({ price: PRICE })
  const node = await startInferenceNode(config)
  const pay = () => handPayment(net, net.account(USER), node.till, PRICE)
  await earnCredit(node.url, NAME, pay, 4)
  const payments = [pay(), pay(), pay()]
  for (const { header } of payments)
    expect((await ask(node.url, NAME, newAsk(), { 'og-level': 'zk', 'payment-signature': header, prefer: 'wait=settled' })).status).toBe(
      200,
    )
  const idOf = ({ paymentId }: { paymentId: Hex }) => paymentId
  // Its clock goes with the chain, which is an hour ahead in the end.
  const client = connect({ network: net.network, headSeconds: 0, now: () => net.now() / 1000 })
  const writerOf = (index: number) => createWriter({ client, account: privateKeyToAccount(bytesToHex(net.account(index).privateKey)) })
  await eventually(async () => (await client.penalties(node.address)) === (3n * OPG) / 10n, 'held')
  await node.close()
  rmSync(join(config.dataDir, 'journal'), { recursive: true })

  const early = await heldPaymentsOf(client, await client.head(), node.address)
  expect(new Set(early.waiting.map(idOf))).toEqual(new Set(payments.map(idOf)))
  expect(early.unnamed).toBe(0n)
  const [first, ...others] = early.waiting
  const challenged = await heldReceipt(client, first!)
  for (const lie of [{ node: challenged.payer }, { penalty: first!.penalty + 1n }])
    await expect(heldReceipt(client, { ...first!, ...lie })).rejects.toMatchObject({ code: 'RPC_LIED' })
  expect(challenged).toMatchObject({ paymentId: first!.paymentId, node: node.address, price: PRICE, level: 2 })
  const deposit = challengeDeposit((await client.head()).header)
  await writerOf(USER).send(heldPaymentCalls.challenge(challenged, deposit))

  await mine(CHALLENGE_BLOCKS + 1)
  const receipts = await Promise.all(others.map((payment) => heldReceipt(client, payment)))
  const before = await client.credit(node.address)
  await writerOf(9).send(heldPaymentCalls.release(receipts))
  expect((await client.credit(node.address)) - before).toBe((2n * PRICE * 98n) / 100n)
  const one = await heldPaymentsOf(client, await client.head(), node.address)
  expect(one.waiting).toMatchObject([{ paymentId: first!.paymentId, record: { status: 'challenged' } }])
  expect(one.waiting[0]!.until).toBe(Number(one.waiting[0]!.record.challengedAt) + PROOF_BLOCKS)
})

async function mine(blocks: number): Promise<void> {
  for (let n = 0; n < blocks; n++) await net.chain.mine!()
}
