import { ADDRESSES, settlementAbi, tillOf, wopgAbi } from '@opengradient/contracts'
import { type Address, bytesToHex, type Hex } from '@opengradient/protocol'
import type { PaymentPayload, PaymentRequirements } from '@x402/core/types'
import { ExactEvmScheme } from '@x402/evm/exact/client'
import { ExactEvmScheme as ExactEvmFacilitator } from '@x402/evm/exact/facilitator'
import { type Abi, decodeFunctionResult, encodeFunctionData, type Log, verifyTypedData } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { beforeEach, expect, test } from 'vitest'
import { read, write } from './calls.ts'
import type { Outcome } from './harness.ts'
import { createScene, makeEntry, OPG, type Scene, settling } from './scenario.ts'

// The token as unmodified x402 packages see it. They read the clock, so the world starts at the real time.
let scene: Scene
beforeEach(async () => {
  scene = await createScene({ time: BigInt(Math.floor(Date.now() / 1000)) })
})

const balanceOf = (account: Address) => read(scene.world, { abi: wopgAbi, to: ADDRESSES.wopg, name: 'balanceOf', args: [account] })

function requirementsFor(payTo: Address, amount: bigint): PaymentRequirements {
  return {
    scheme: 'exact',
    network: `eip155:${scene.world.chainId}`,
    asset: ADDRESSES.wopg,
    amount: amount.toString(),
    payTo,
    maxTimeoutSeconds: 600,
    extra: { name: 'Wrapped OPG', version: '1' },
  }
}

interface ExactEvmPayload {
  readonly authorization: {
    readonly from: Hex
    readonly to: Hex
    readonly value: string
    readonly validAfter: string
    readonly validBefore: string
    readonly nonce: Hex
  }
  readonly signature: Hex
}

/** What the stock client of a payer answers to a 402. */
async function pay(requirements: PaymentRequirements): Promise<{ sent: PaymentPayload; exact: ExactEvmPayload }> {
  const client = new ExactEvmScheme(privateKeyToAccount(bytesToHex(scene.payer.privateKey)))
  const created = await client.createPaymentPayload(2, requirements)
  return { sent: { accepted: requirements, ...created }, exact: created.payload as unknown as ExactEvmPayload }
}

/** A stock facilitator whose chain is this world. */
function facilitator() {
  const account: Address = scene.stranger.address
  const outcomes = new Map<Hex, Outcome>()
  const hashOfTx = () => `0x${(outcomes.size + 1).toString(16).padStart(64, '0')}` as Hex
  interface Request {
    address: Hex
    abi: readonly unknown[]
    functionName: string
    args?: readonly unknown[]
  }
  const data = ({ abi, functionName, args = [] }: Request) => encodeFunctionData({ abi: abi as Abi, functionName, args })
  return new ExactEvmFacilitator({
    getAddresses: () => [account],
    async readContract(request) {
      const outcome = await scene.world.peek({ from: account, to: request.address.toLowerCase() as Address, data: data(request) })
      if (!outcome.ok) throw new Error(`execution reverted: ${outcome.data}`)
      return decodeFunctionResult({ abi: request.abi as Abi, functionName: request.functionName, data: outcome.data })
    },
    verifyTypedData: (args) => verifyTypedData(args as Parameters<typeof verifyTypedData>[0]),
    async writeContract(request) {
      const hash = hashOfTx()
      outcomes.set(hash, await scene.world.send({ from: account, to: request.address.toLowerCase() as Address, data: data(request) }))
      return hash
    },
    async sendTransaction({ to, data }) {
      const hash = hashOfTx()
      outcomes.set(hash, await scene.world.send({ from: account, to: to.toLowerCase() as Address, data }))
      return hash
    },
    async waitForTransactionReceipt({ hash }) {
      const outcome = outcomes.get(hash)!
      return { status: outcome.ok ? 'success' : 'reverted', logs: outcome.logs as unknown as readonly Log[] }
    },
    getCode: ({ address }) => scene.world.code(address.toLowerCase() as Address),
  })
}

test('what the stock client signs for a till, Settlement settles with the node’s receipt', async () => {
  const price = OPG / 100n
  const { authorization, signature } = (await pay(requirementsFor(tillOf(scene.node.address), price))).exact
  const { receipt, signature: receiptSignature } = makeEntry(scene, { price, nonce: authorization.nonce })
  const payment = {
    validAfter: BigInt(authorization.validAfter),
    validBefore: BigInt(authorization.validBefore),
    nonce: authorization.nonce,
    signature,
  }
  await write(scene.world, settling({ receipt, signature: receiptSignature, payment }))
  expect(await read(scene.world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'credits', args: [scene.node.address] })).toBe(
    (price * 88n) / 100n,
  )
})

test('the stock facilitator verifies and settles a payment to an ordinary account', async () => {
  const shop: Address = '0x000000000000000000000000000000000000540b'
  const requirements = requirementsFor(shop, OPG)
  const { sent } = await pay(requirements)
  expect(await facilitator().verify(sent, requirements)).toMatchObject({ isValid: true })
  expect(await facilitator().settle(sent, requirements)).toMatchObject({ success: true })
  expect(await balanceOf(shop)).toBe(OPG)
  expect(await facilitator().verify(sent, requirements)).toMatchObject({ isValid: false })
})

test('the stock facilitator cannot spend a payment to a till: the node settles itself', async () => {
  const requirements = requirementsFor(tillOf(scene.node.address), OPG)
  const { sent } = await pay(requirements)
  expect(await facilitator().verify(sent, requirements)).toMatchObject({ isValid: false })
  expect(await facilitator().settle(sent, requirements)).toMatchObject({ success: false })
  expect(await balanceOf(tillOf(scene.node.address))).toBe(0n)
})
