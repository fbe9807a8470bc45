import { tillOf } from '@opengradient/contracts'
import {
  DEV_ACCOUNTS,
  decodeReceiptHeader,
  type Hex,
  parseExecution,
  receiptHash,
  recoverAddress,
  requestHashOf,
  responseHashOf,
  sha256Hex,
} from '@opengradient/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { InferenceNode } from '../src/config.ts'
import { startInferenceNode } from '../src/node.ts'
import { type Ask, handPayment, newAsk } from './caller.testkit.ts'
import { eventually, OPG, startTestNetwork, type TestNetwork, VOLATILITY } from './network.testkit.ts'
import { opened, type ShownKeyset, sealAsk, shownKeyset, tell, testAttestation, testAttester } from './tee.testkit.ts'

let net: TestNetwork
let node: InferenceNode
let modelId: Hex
const NAME = 'og/volatility'
const PRICE = OPG / 1000n
const USER = DEV_ACCOUNTS.user

beforeAll(async () => {
  net = await startTestNetwork(undefined, testAttestation())
  modelId = await net.publish(VOLATILITY, NAME)
  await net.writer(USER).wrap(10n * OPG)
  node = await startInferenceNode(net.nodeConfig({ price: PRICE }), { attester: async () => testAttester() })
})

afterAll(async () => {
  await node?.close()
  await net?.close()
})

/** The keyset of a node, once it has one. */
async function keysetOf(url = node.url): Promise<ShownKeyset> {
  let shown: ShownKeyset | undefined
  await eventually(
    async () => {
      shown = await shownKeyset(url)
      return shown !== undefined
    },
    'a keyset is registered',
    60_000,
  )
  return shown!
}

const pay = (to: Hex = node.address) => handPayment(net, net.account(USER), tillOf(to), PRICE)
const stateOf = async (url: string, { requestId }: Ask) =>
  ((await (await fetch(`${url}/v1/receipts/${requestId}`)).json()) as { state: string }).state

describe('a sealed request', () => {
  test('is answered inside, sealed, with a receipt that the keyset signed, and its payment is settled', async () => {
    const shown = await keysetOf()
    const asked = newAsk()
    const payment = pay()
    const sent = await sealAsk(shown, modelId, asked, payment)
    const told = await tell(node.url, sent)
    expect([told.status, told.headers.get('og-seal'), told.headers.get('content-type')]).toEqual([200, 'v1', 'application/json'])
    const { body, execution } = await opened(sent, told.bytes)
    expect(JSON.parse(body.toString()).outputs[0].data).toHaveLength(1)
    const { receipt, signature } = decodeReceiptHeader(told.headers.get('og-receipt')!)
    const { requestSalt, responseSalt } = sent.sealed.salts
    expect(receipt).toMatchObject({
      level: 129,
      proofRef: shown.digest,
      paymentId: payment.paymentId,
      requestHash: requestHashOf(
        { method: 'POST', path: sent.path, contentType: 'application/json', body: Buffer.from(asked.body) },
        requestSalt,
      ),
      responseHash: responseHashOf(body, responseSalt),
      executionHash: sha256Hex(execution),
    })
    expect(recoverAddress(receiptHash(receipt, net.client.domain), signature)).toBe(shown.keyset.sign)
    expect(parseExecution(execution)).toMatchObject({
      endpoint: sent.path,
      usage: [{ unit: 'request' }, { units: `${asked.body.length}` }],
    })
    await eventually(async () => (await stateOf(node.url, asked)) === 'settled', 'settled')
  })
})
