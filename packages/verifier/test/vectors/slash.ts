import { ADDRESSES } from '@opengradient/contracts/addresses'
import type { Domain, Hex, Receipt, SignedReceipt } from '@opengradient/protocol'
import { paymentIdOf, receiptHash, signDigest, ZERO_ADDRESS, ZERO_HASH } from '@opengradient/protocol'
import { type Actor, actor, CHAIN_ID, DAY, ISSUED, OPG, OTHER_CHAIN_ID, SETTLEMENT } from './cast.ts'
import { highS, sha } from './forged/lies.ts'

/** Two signed receipts that somebody presents to have a node slashed. */
export interface SlashStory {
  readonly name: string
  readonly says: string
  readonly equivocation: boolean
  readonly a: SignedReceipt
  readonly b: SignedReceipt
  /** Receipt keys of nodes, as `Nodes` has them; `until` 0: live. Unix seconds. */
  readonly keys: readonly { readonly node: Hex; readonly key: Hex; readonly from: bigint; readonly until: bigint }[]
  /** Block time, unix seconds. */
  readonly now: bigint
}

const DOMAIN: Domain = { chainId: BigInt(CHAIN_ID), settlement: SETTLEMENT }
const OPERATOR = actor('operator')
const SECOND = actor('second operator')
const KEY = actor('receipt key')
const NEW_KEY = actor('second key')
const NOW = BigInt(ISSUED + 2 * DAY)
const LIVE = { node: OPERATOR.address, key: KEY.address, from: BigInt(ISSUED - 30 * DAY), until: 0n }
/** The node rotated its key five seconds after the answer. */
const ROTATED = [
  { ...LIVE, until: BigInt(ISSUED + 5) },
  { node: OPERATOR.address, key: NEW_KEY.address, from: BigInt(ISSUED + 5), until: 0n },
]
const nonce = (n: number): Hex => paymentIdOf({ scheme: 'exact', asset: ADDRESSES.wopg, payer: actor('payer').address, nonce: sha(n) })

/** The answer that an honest node gave. */
const ANSWER: Receipt = {
  requestId: sha(20),
  paymentId: nonce(21),
  modelId: sha(22),
  requestHash: sha(23),
  responseHash: sha(24),
  executionHash: sha(25),
  proofRef: ZERO_HASH,
  level: 0,
  node: OPERATOR.address,
  payer: actor('payer').address,
  price: OPG / 1000n,
  issuedAt: BigInt(ISSUED),
}
const FREE: Receipt = { ...ANSWER, paymentId: ZERO_HASH, payer: ZERO_ADDRESS, price: 0n }

function signed(receipt: Receipt, key: Actor = KEY, domain: Domain = DOMAIN): SignedReceipt {
  return { receipt, signature: signDigest(receiptHash(receipt, domain), key.key) }
}

const pair = (
  name: string,
  says: string,
  equivocation: boolean,
  a: SignedReceipt,
  b: SignedReceipt,
  more: Partial<SlashStory> = {},
): SlashStory => ({
  name,
  says,
  equivocation,
  a,
  b,
  keys: [LIVE],
  now: NOW,
  ...more,
})
const honest = (name: string, says: string, a: SignedReceipt, b: SignedReceipt, more?: Partial<SlashStory>): SlashStory =>
  pair(name, says, false, a, b, more)
const guilty = (name: string, says: string, a: SignedReceipt, b: SignedReceipt, more?: Partial<SlashStory>): SlashStory =>
  pair(name, says, true, a, b, more)

const first = signed(ANSWER)
const retried = { ...ANSWER, paymentId: nonce(30), executionHash: sha(31), issuedAt: ANSWER.issuedAt + 9n }
const other = { ...ANSWER, responseHash: sha(40) }

/** Nobody may be slashed for these. */
const NOBODY: SlashStory[] = [
  honest(
    'crash-before-reserving',
    'The node crashed before it reserved the payment; after its restart the client sent the same authorisation again, and it was answered once.',
    first,
    first,
  ),
  honest(
    'crash-after-reserving',
    'The node crashed with the payment reserved: that request is aborted for ever. The client retried with a new authorisation.',
    first,
    signed({ ...retried, requestId: sha(32) }),
  ),
  honest(
    'crash-while-running',
    'The node crashed while the model ran; the same request was sent again with a new authorisation and answered.',
    first,
    signed(retried),
  ),
  honest(
    'crash-after-running',
    'The node crashed with the answer computed and not stored; the retry, with a new authorisation, gave other bytes.',
    first,
    signed({ ...retried, responseHash: sha(33) }),
  ),
  honest(
    'crash-after-storing',
    'The node crashed with the answer stored and not released; after its restart it released the stored receipt, the same bytes.',
    first,
    { ...first },
  ),
  honest(
    'crash-after-releasing',
    'The node crashed after the first byte left; the client asked again and got the stored receipt.',
    first,
    signed(ANSWER),
  ),
  honest(
    'clock-jumped-back',
    'The clock jumped back a day between two paid requests: the later one bears the earlier time.',
    first,
    signed({ ...retried, issuedAt: ANSWER.issuedAt - BigInt(DAY) }),
  ),
  honest(
    'clock-stood-still',
    'Two requests in the same second, alike in everything but the payment.',
    first,
    signed({ ...ANSWER, paymentId: nonce(34) }),
  ),
  honest('key-rotated-between', 'The node rotated its key between two requests.', first, signed(retried, NEW_KEY), { keys: ROTATED }),
  honest(
    'same-receipt-two-keys',
    'The stored receipt was signed again with the new key: two signatures, one statement.',
    first,
    signed(ANSWER, NEW_KEY),
    { keys: ROTATED },
  ),
  honest(
    'free-twice',
    'Two free answers to the same request: nothing was paid, nothing can be paid twice.',
    signed(FREE),
    signed({ ...FREE, responseHash: sha(35), issuedAt: FREE.issuedAt + 1n }),
  ),
  honest(
    'zero-charge',
    'A paid request that failed and cost nothing, and the same request for free.',
    signed({ ...FREE, requestId: sha(36) }),
    signed({ ...FREE, executionHash: sha(37) }),
  ),
  honest(
    'retry-with-a-new-authorisation',
    'The same request id, retried with a new authorisation after the first expired.',
    first,
    signed({ ...ANSWER, paymentId: nonce(38), issuedAt: ANSWER.issuedAt + 3_700n }),
  ),
  honest(
    'another-payer-same-nonce',
    'Two payers happen to draw the same nonce.',
    first,
    signed({
      ...ANSWER,
      payer: actor('second payer').address,
      paymentId: paymentIdOf({ scheme: 'exact', asset: ADDRESSES.wopg, payer: actor('second payer').address, nonce: sha(21) }),
    }),
  ),
  honest(
    'two-nodes-one-payment',
    'A payer gives one authorisation to two nodes: each signs once, the till decides who can settle.',
    first,
    signed({ ...other, node: SECOND.address }, NEW_KEY),
    { keys: [LIVE, { ...LIVE, node: SECOND.address, key: NEW_KEY.address }] },
  ),
  honest(
    'two-nodes-one-key',
    'Two nodes of one operator share a key, which is unwise, but neither signed twice.',
    first,
    signed({ ...other, node: SECOND.address }),
    { keys: [LIVE, { ...LIVE, node: SECOND.address }] },
  ),
  honest(
    'on-another-chain',
    'The node signed for the same payment on a test network; nothing signed there means anything here.',
    first,
    signed(other, KEY, { ...DOMAIN, chainId: BigInt(OTHER_CHAIN_ID) }),
  ),
  honest(
    'for-another-contract',
    'The second receipt was signed for another contract.',
    first,
    signed(other, KEY, { ...DOMAIN, settlement: '0x4f470000000000000000000000000000000000aa' }),
  ),
  honest(
    'accuser-signed-it',
    'The accuser wrote the second receipt and signed it with a key of its own.',
    first,
    signed(other, actor('stranger')),
  ),
  honest(
    'accuser-signed-the-first',
    'The accuser wrote the first receipt and signed it with a key of its own.',
    signed(other, actor('stranger')),
    first,
  ),
  honest('signature-in-the-wrong-form', 'The second signature is in its malleable form.', first, {
    ...signed(other),
    signature: highS(signed(other).signature),
  }),
  honest('signature-of-nobody', 'The second signature is no signature.', first, { ...signed(other), signature: `0x${'00'.repeat(65)}` }),
  honest('key-retired-long-ago', 'The key was retired seven days ago and may be known to anybody by now.', first, signed(other), {
    keys: [{ ...LIVE, until: NOW - BigInt(7 * DAY) }],
  }),
  honest('key-never-registered', 'The key is not the node’s.', first, signed(other), { keys: [] }),
]

/** These cost the bond. */
const GUILTY: SlashStory[] = [
  guilty('two-answers-for-one-payment', 'Two different answers for one payment.', first, signed(other)),
  guilty('two-answers-either-order', 'The same, shown in the other order.', signed(other), first),
  guilty('two-prices-for-one-payment', 'The same answer at two prices.', first, signed({ ...ANSWER, price: ANSWER.price + 1n })),
  guilty(
    'two-requests-for-one-payment',
    'One payment taken for two requests.',
    first,
    signed({ ...ANSWER, requestId: sha(41), requestHash: sha(42), responseHash: sha(43), executionHash: sha(44) }),
  ),
  guilty(
    'signed-again-later',
    'The same answer signed again a second later instead of the stored receipt.',
    first,
    signed({ ...ANSWER, issuedAt: ANSWER.issuedAt + 1n }),
  ),
  guilty('with-two-keys', 'Two answers for one payment, signed with two keys of the node.', first, signed(other, NEW_KEY), {
    keys: ROTATED,
  }),
  guilty('key-retired-just-in-time', 'The key was retired one second less than seven days ago.', first, signed(other), {
    keys: [{ ...LIVE, until: NOW - BigInt(7 * DAY) + 1n }],
  }),
  guilty(
    'at-another-level',
    'The same payment, once at level signature and once as development tee.',
    first,
    signed({ ...ANSWER, level: 129, proofRef: sha(45) }),
  ),
]

export const slash: readonly SlashStory[] = [...NOBODY, ...GUILTY]
