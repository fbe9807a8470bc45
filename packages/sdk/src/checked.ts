import type { SignedReceipt } from '@opengradient/protocol'
import * as t from '@opengradient/protocol/take'
import { level } from './given.ts'
import { publishOptions } from './models/publish.ts'
import type { OpenGradient } from './openGradient.ts'

type Named = readonly (readonly [name: string, take: t.Take<unknown>])[]

const page = t.options({ offset: t.optional(t.whole(Number.MAX_SAFE_INTEGER)), limit: t.optional(t.whole(1_000_000)) })
const parameter = t.when('a text, a number or a boolean', (value) => ['string', 'number', 'boolean'].includes(typeof value))
const parameters: t.Take<object> = (value, name) => {
  const taken: object = t.members({})(value, name)
  for (const [key, one] of Object.entries(taken)) parameter(one, `${name}.${key}`)
  return taken
}
const maxBytes = t.optional(t.positive('bytes'))

const inferOptions = t.options({
  node: t.optional(t.address),
  parameters: t.optional(parameters),
  maxPrice: t.optional(t.amount),
  level: t.optional(level),
  onProof: t.optional(t.callable('({ state }) => console.log(state)')),
  timeoutMs: t.optional(t.positive('milliseconds')),
  signal: t.optional(t.signal),
})

const receipt = t.members({
  ...Object.fromEntries(
    ['requestId', 'paymentId', 'modelId', 'requestHash', 'responseHash', 'executionHash', 'proofRef'].map((name) => [name, t.hash]),
  ),
  level: t.whole(255),
  node: t.address,
  payer: t.address,
  price: t.amount,
  issuedAt: t.amount,
})
const signed = t.members({
  receipt,
  signature: t.when(
    '65 bytes in hex: 0x and 130 digits in lower case',
    (value) => typeof value === 'string' && /^0x[0-9a-f]{130}$/.test(value),
  ),
}) as t.Take<SignedReceipt>
const answer: t.Take<unknown> = (value, name) => (typeof value === 'object' && value !== null ? receipt : t.hash)(value, name)

const requestId: Named = [['requestId', t.hash]]
const answered: Named = [['the answer (a request id or a receipt)', answer]]
const both: Named = [
  ['first', signed],
  ['second', signed],
]
const wei: Named = [['amount', t.coins]]

/** The same, each call of which refuses arguments of a wrong type by their names, before anything is asked, signed or paid. */
export function checked(og: OpenGradient): OpenGradient {
  const { models, receipts, wallet } = og
  return {
    chain: og.chain,
    infer: taking(
      [
        ['model', t.model],
        ['inputs', t.anything],
        ['options', t.optional(inferOptions)],
      ],
      og.infer,
    ),
    redress: taking(answered, og.redress),
    challenge: taking(answered, og.challenge),
    collect: taking(answered, og.collect),
    accept: taking(answered, og.accept),
    recover: taking([...requestId, ['onProof', t.optional(t.callable('({ state }) => console.log(state)'))]], og.recover),
    bundle: taking(
      [...requestId, ['options', t.optional(t.options({ secret: t.optional(t.hash), node: t.optional(t.address) }))]],
      og.bundle,
    ),
    equivocation: taking(both, og.equivocation),
    settledInstead: taking(both.slice(0, 1), og.settledInstead),
    report: taking(both, og.report),
    publish: taking([['what is published', publishOptions]], og.publish),
    models: {
      search: taking(
        [
          ['text', t.text("'volatility'")],
          ['page', t.optional(page)],
        ],
        models.search,
      ),
      show: taking([['model', t.model]], models.show),
      pull: taking(
        [
          ['model', t.model],
          ['options', t.optional(t.options({ maxBytes }))],
        ],
        models.pull,
      ),
      unlist: taking(
        [
          ['model', t.model],
          ['node', t.address],
        ],
        models.unlist,
      ),
    },
    receipts: {
      list: receipts.list,
      get: taking(requestId, receipts.get),
      held: taking(requestId, receipts.held),
    },
    wallet: {
      get address() {
        return wallet.address
      },
      balance: wallet.balance,
      wrap: taking(wei, wallet.wrap),
      unwrap: taking(wei, wallet.unwrap),
      transfer: taking([['to', t.address], ...wei], wallet.transfer),
      withdraw: taking([['to', t.optional(t.address)]], wallet.withdraw),
    },
  }
}

/** A refusal is a rejected promise, like every other one. */
const taking =
  <Args extends unknown[], Result>(named: Named, call: (...args: Args) => Promise<Result>): ((...args: Args) => Promise<Result>) =>
  async (...args) =>
    call(...(t.takeAll(named, args) as Args))
