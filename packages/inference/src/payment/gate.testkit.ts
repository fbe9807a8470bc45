import { randomBytes } from 'node:crypto'
import { ADDRESSES } from '@opengradient/contracts'
import { onTestFinished } from 'vitest'
import { GasMoney } from '../chain/gasMoney.ts'
import { ChainView } from '../chain/view.ts'
import { temporaryFolder } from '../journal/journal.testkit.ts'
import { Journal, type JournalOptions } from '../journal/journal.ts'
import { silentLog } from '../log.ts'
import { ReceiptSigner } from '../receipts/signer.ts'
import type { Admission, AdmitRequest, Completion, Release } from '../server/pipeline.ts'
import type { CreditLimits } from './credit.ts'
import { type GateOptions, PaymentGate } from './gate.ts'
import { CHAIN_ID, fakeChain, MODEL, NODE, NOW, PRICE, RECEIPT_KEY, request, TERMS } from './payment.testkit.ts'

export const DOMAIN = { chainId: CHAIN_ID, settlement: ADDRESSES.settlement }

interface SetUp {
  credit?: CreditLimits
  /** Of a journal that was there before. */
  dir?: string
  onState?: JournalOptions['onState']
  settledSoon?: GateOptions['settledSoon']
}

/** A gate over a real journal and a chain that says what it is told. */
export async function setUp({ credit = { max: 5n * PRICE }, dir = temporaryFolder(), onState, settledSoon = async () => {} }: SetUp = {}) {
  const { chain, rpc } = fakeChain()
  const clock = { now: NOW }
  const journal = await Journal.open({ dir, identity: { ...DOMAIN, node: NODE }, ...(onState && { onState }) })
  let shut: Promise<void> | undefined
  const stop = () => {
    shut ??= journal.shut()
    return shut
  }
  onTestFinished(stop)
  const signer = new ReceiptSigner(RECEIPT_KEY, DOMAIN)
  const view = new ChainView({ rpc, node: NODE, receiptKey: signer.address, now: () => clock.now, maxSkew: 60 })
  view.watch(new Map([[MODEL, 0n]]))
  await view.refreshHead()
  await view.refreshOffers()
  const gate = new PaymentGate({
    journal,
    view,
    signer,
    money: new GasMoney({ view, node: NODE, least: () => 800_000n, log: silentLog }),
    node: NODE,
    terms: TERMS,
    credit,
    bond: { take: async () => () => {} },
    publicUrl: () => 'http://127.0.0.1:8410',
    random: randomBytes,
    now: () => clock.now * 1000,
    settledSoon,
  })
  return { chain, clock, dir, journal, view, gate, signer, stop }
}

/** What a request was told that was not admitted. */
export function refused(admission: Admission) {
  if (admission.kind !== 'reply') throw new Error('admitted')
  const { status, headers, body } = admission.reply
  return { status, headers, json: JSON.parse(Buffer.from(body).toString()) as { error: string; code: string } }
}

/** The ticket of a request that is. */
export async function admitted(gate: PaymentGate, asked: AdmitRequest): Promise<object> {
  const admission = await gate.admit(asked)
  if (admission.kind !== 'run') throw new Error(Buffer.from(admission.reply.body).toString())
  return admission.ticket
}

/** A request with a payment. */
export const paying = (header: string, more: Record<string, string> = {}) => request({ headers: { 'payment-signature': header, ...more } })

/** What goes out with an answer that waits for nothing. */
export function released(completion: Completion): Release {
  if (completion.settling) throw new Error('it waits for its settlement')
  return completion
}
