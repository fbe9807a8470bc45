import { tillOf } from '@opengradient/contracts'
import { paymentIdOf, receiptHash } from '@opengradient/protocol'
import { actor, DAY, GENESIS, HOUR, ISSUED, OTHER_CHAIN_ID } from '../cast.ts'
import { authorise, both } from '../scene.ts'
import type { Story } from '../story.ts'
import { free, later, repriced, unsettled } from '../valid.ts'
import { all, judge, RATE, revalue, sha, unsettledAnswer } from './lies.ts'

/** Lies about the price, the payment and its settlement. */
export const payment: readonly Story[] = [
  {
    name: 'overcharged',
    says: 'The receipt charges a wei more than the quote times the usage.',
    edits: {
      charge: (s) => revalue(s, 1n),
      claim: (s) => {
        s.receipt.price += 1n
      },
    },
    fails: { 'payment.price': 'PRICE_MISMATCH' },
  },
  {
    name: 'usage-inflated',
    says: 'One request is counted as two.',
    edits: {
      answer: (s) => {
        s.execution.usage[0]!.units = '2'
      },
    },
    fails: { 'payment.price': 'USAGE_MISMATCH' },
  },
  {
    name: 'bytes-inflated',
    says: 'The request is counted as a byte longer than it is.',
    edits: both(
      {
        cast: (s) => {
          s.prices = { byte: s.prices.request! }
        },
      },
      {
        answer: (s) => {
          s.execution.usage[0]!.units = `${s.request.body.length + 1}`
        },
      },
    ),
    fails: { 'payment.price': 'USAGE_MISMATCH' },
  },
  {
    name: 'quote-above-chain',
    says: 'The operator quoted twice what it had published.',
    edits: repriced(GENESIS + 60, RATE, 0n, 2n * RATE),
    fails: { 'payment.price': 'QUOTE_NOT_ON_CHAIN' },
  },
  {
    name: 'quote-of-the-past',
    says: 'The operator quoted a price that it had replaced more than an hour before.',
    edits: repriced(ISSUED - HOUR - 1, RATE, 2n * RATE, 2n * RATE),
    fails: { 'payment.price': 'QUOTE_NOT_ON_CHAIN' },
  },
  {
    name: 'quote-of-neither',
    says: 'The price changed within the hour; the quote is neither the old nor the new one.',
    edits: repriced(ISSUED - 60, RATE, 2n * RATE, 3n * RATE),
    fails: { 'payment.price': 'QUOTE_NOT_ON_CHAIN' },
  },
  {
    name: 'price-cannot-be-shown',
    says: 'The price changed more than an hour after the receipt, so this block cannot show what it was.',
    edits: both(repriced(ISSUED + HOUR + 1, 2n * RATE, 2n * RATE, 2n * RATE), { anchor: later(DAY) }),
    fails: { 'payment.price': 'ABSENT' },
  },
  {
    name: 'quote-for-nothing',
    says: 'The quote names a unit that the record does not count.',
    edits: { answer: (s) => void s.execution.quote.push({ unit: 'byte', rate: '0', source: 'free' }) },
    fails: { 'payment.price': 'EXECUTION_QUOTE_UNMATCHED' },
  },
  {
    name: 'free-with-a-rate',
    says: 'The quote says free and yet has a rate.',
    edits: {
      answer: (s) => {
        s.execution.quote[0]!.source = 'free'
      },
    },
    fails: { 'payment.price': 'EXECUTION_QUOTE_UNMATCHED' },
  },
  {
    name: 'above-my-maximum',
    says: 'The price is a wei above the maximum that the caller set.',
    edits: judge((s) => {
      s.policy = { ...s.policy, expect: { maxPrice: s.receipt.price - 1n } }
    }),
    fails: { 'payment.price': 'PRICE_UNEXPECTED' },
  },
  {
    name: 'above-authorised',
    says: 'The payer authorised a wei less than was charged.',
    edits: { charge: (s) => revalue(s, -1n) },
    fails: { 'payment.price': 'PRICE_ABOVE_AUTHORISED' },
  },
  {
    name: 'another-authorisation',
    says: 'The authorisation shown is not the one that the receipt consumes.',
    edits: judge((s) => {
      s.bundle.payment!.nonce = sha(9)
    }),
    fails: { 'payment.price': 'PAYMENT_MISMATCH' },
  },
  {
    name: 'another-payer',
    says: 'The receipt names another payer than the authorisation.',
    edits: {
      claim: (s) => {
        s.receipt.payer = actor('second payer').address
      },
    },
    fails: { 'payment.price': 'PAYMENT_MISMATCH' },
  },
  {
    name: 'worthless-token',
    says: 'The authorisation spends a token that anybody can mint.',
    edits: {
      charge: (s) => {
        s.payment.asset = '0x00000000000000000000000000000000000ca511'
        authorise(s)
      },
    },
    fails: { 'payment.price': 'PAYMENT_WRONG_TOKEN' },
  },
  {
    name: 'payer-did-not-sign',
    says: 'Not settled yet, and the authorisation is signed by somebody else.',
    edits: both(unsettledAnswer, { charge: (s) => authorise(s, actor('second payer')) }),
    fails: { 'payment.price': 'PAYMENT_SIGNATURE_INVALID' },
  },
  {
    name: 'paid-to-another-till',
    says: 'Not settled yet, and the authorisation pays the till of another node.',
    edits: both(unsettledAnswer, { charge: (s) => authorise(s, s.payer, tillOf(actor('second operator').address)) }),
    fails: { 'payment.price': 'PAYMENT_SIGNATURE_INVALID' },
  },
  {
    name: 'authorised-on-another-chain',
    says: 'Not settled yet, and the authorisation is for another network.',
    edits: both(unsettledAnswer, {
      charge: (s) => {
        const here = s.domain
        s.domain = { ...here, chainId: BigInt(OTHER_CHAIN_ID) }
        authorise(s)
        s.domain = here
      },
    }),
    fails: { 'payment.price': 'PAYMENT_SIGNATURE_INVALID' },
  },
  {
    name: 'authorisation-not-a-signature',
    says: 'Not settled yet, and the authorisation holds no signature.',
    edits: both(unsettledAnswer, {
      charge: (s) => {
        s.payment.signature = '0x1234'
      },
    }),
    fails: { 'payment.price': 'PAYMENT_SIGNATURE_INVALID' },
  },
  {
    name: 'authorisation-withheld',
    says: 'Not settled yet, and the authorisation is withheld.',
    edits: both(
      unsettledAnswer,
      judge((s) => void delete s.bundle.payment),
    ),
    fails: { 'payment.price': 'ABSENT' },
  },
  {
    name: 'not-settled',
    says: 'The policy requires settlement, the chain shows none.',
    edits: unsettled,
    fails: { 'payment.settled': 'ABSENT' },
  },
  {
    name: 'settled-for-another-receipt',
    says: 'The node signed two receipts for one payment and settled the other one.',
    edits: {
      anchor: (s) => {
        s.settled = receiptHash({ ...s.receipt, responseHash: sha(10) }, s.domain)
      },
    },
    fails: { 'payment.settled': 'SETTLED_OTHER_RECEIPT' },
  },
  {
    name: 'free-with-a-payer',
    says: 'The receipt is free and yet names a payer.',
    edits: both(free, {
      claim: (s) => {
        s.receipt.payer = s.payer.address
      },
    }),
    fails: all('RECEIPT_INCONSISTENT', 'signature', 'payment.price', 'payment.settled'),
  },
  {
    name: 'free-with-a-payment',
    says: 'The receipt is free and yet consumes an authorisation.',
    edits: both(free, {
      claim: (s) => {
        s.receipt.paymentId = paymentIdOf(s.payment)
      },
    }),
    fails: all('RECEIPT_INCONSISTENT', 'signature', 'payment.price', 'payment.settled'),
  },
  {
    name: 'charged-without-a-payment',
    says: 'The receipt charges and yet consumes no authorisation.',
    edits: {
      claim: (s) => {
        s.receipt.paymentId = `0x${'0'.repeat(64)}`
      },
      anchor: (s) => {
        s.settled = undefined
      },
    },
    fails: all('RECEIPT_INCONSISTENT', 'signature', 'payment.price', 'payment.settled'),
  },
  {
    name: 'free-but-quoted',
    says: 'The receipt is free, the quote is not.',
    edits: both(free, {
      answer: (s) => {
        s.execution.quote = [{ unit: 'request', rate: `${RATE}`, source: 'chain' }]
      },
    }),
    fails: { 'payment.price': 'PRICE_MISMATCH' },
  },
  {
    name: 'free-by-the-chain',
    says: 'The answer is free, and the quote says that this is the published price, which it is not.',
    edits: both(free, {
      answer: (s) => {
        s.execution.quote = [{ unit: 'request', rate: '0', source: 'chain' }]
      },
    }),
    fails: { 'payment.price': 'QUOTE_NOT_ON_CHAIN' },
  },
  {
    name: 'free-with-an-authorisation',
    says: 'The receipt is free; the bundle shows an authorisation that it does not consume.',
    edits: both(
      free,
      judge((s) => {
        s.bundle.payment = s.payment
      }),
    ),
    fails: { 'payment.price': 'PAYMENT_MISMATCH' },
  },
]
