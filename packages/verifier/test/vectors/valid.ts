import { ADDRESSES } from '@opengradient/contracts/addresses'
import { keccak256Hex, presets, receiptHash, sha256Hex, utf8, validatorsHashOf } from '@opengradient/protocol'
import { actor, DAY, GENESIS, HOUR, ISSUED, OPG } from './cast.ts'
import { authorise, both, type Edits, type Scene } from './scene.ts'
import type { Story } from './story.ts'

const RATE = OPG / 1000n
/** What `archive` leaves out. */
const CHAIN_CHECKS = ['operator.registered', 'operator.bonded', 'payment.price', 'payment.settled', 'inclusion', 'finality'] as const

/** The answer has just arrived: nothing of it is on chain yet, the evidence is from the head of the chain. */
export const fresh: Edits = {
  anchor(scene) {
    scene.settled = undefined
    scene.batched = undefined
    scene.blockTimes = [GENESIS + 60, GENESIS + DAY, scene.issuedAt - 5]
  },
  judge(scene) {
    scene.policy = presets.answer
    scene.now = scene.issuedAt + 2
  },
}

/** The answer cost nothing. */
export const free: Edits = {
  cast(scene) {
    scene.free = true
  },
}

/** The evidence is from an old block, proven by the History of a newer one. */
export const old = (later: number): Edits => ({
  anchor(scene) {
    scene.laterTimes = Array.from({ length: later }, (_, i) => scene.anchoredAt + 10 * (i + 1))
    scene.history = true
  },
  judge(scene) {
    scene.now = scene.issuedAt + 30 * DAY
  },
})

/** No chain evidence at all. */
export const offline: Edits = {
  judge(scene) {
    delete scene.bundle.chain
    scene.policy = presets.archive
  },
}

/** Neither is in a batch, nor settled; but the evidence is from a block after it. */
export const unbatched: Edits = {
  anchor(scene) {
    scene.batched = undefined
  },
}
export const unsettled: Edits = {
  anchor(scene) {
    scene.settled = undefined
  },
}

export const policy = (name: keyof typeof presets): Edits => ({
  judge(scene) {
    scene.policy = presets[name]
  },
})

export const require = (...checks: Scene['policy']['require'][number][]): Edits => ({
  judge(scene) {
    scene.policy = { require: checks, level: 'signature' }
  },
})

/** The node changed its price at `since`, from `previous` to `amount`; it quoted `quoted`. */
export const repriced = (since: number, amount: bigint, previous: bigint, quoted: bigint): Edits => ({
  answer(scene) {
    scene.execution.quote = [{ unit: 'request', rate: `${quoted}`, source: 'chain' }]
  },
  anchor(scene) {
    scene.prices = { request: { amount, since: BigInt(since), previous } }
  },
})

/** Prices by other units. */
export const priced = (...units: ('request' | 'byte' | 'token_in' | 'token_out')[]): Edits => ({
  cast(scene) {
    scene.prices = Object.fromEntries(
      units.map((unit, i) => [unit, { amount: RATE / BigInt(10 * i + 1), since: BigInt(GENESIS + 60), previous: 0n }]),
    )
  },
})

/** The request body, as JSON. */
export const asking = (body: object | string): Edits => ({
  call(scene) {
    scene.request.body = utf8(JSON.stringify(body))
  },
})

const INPUTS = [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [0.4, -1.1, 0.2, 0.9] }]

/** Binary tensors: JSON, then the bytes of the tensors. */
export const binary: Edits = {
  call(scene) {
    const json = utf8(
      JSON.stringify({
        parameters: { seed: 7 },
        inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], parameters: { binary_data_size: 16 } }],
      }),
    )
    scene.request.contentType = 'application/octet-stream'
    scene.request.headerLength = json.length
    scene.request.body = Uint8Array.of(...json, ...new Uint8Array(new Float32Array([0.4, -1.1, 0.2, 0.9]).buffer))
  },
}

export const valid: readonly Story[] = [
  { name: 'paid-and-settled', says: 'A paid answer, settled and in a batch on chain.', absent: ['request.fresh'] },
  {
    name: 'paid-just-arrived',
    says: 'A paid answer at the moment it arrives: not on chain yet.',
    edits: fresh,
    absent: ['request.fresh', 'payment.settled', 'inclusion', 'finality'],
  },
  { name: 'free-in-a-batch', says: 'A free answer, in a batch on chain.', edits: free, absent: ['request.fresh'] },
  {
    name: 'free-just-arrived',
    says: 'A free answer at the moment it arrives.',
    edits: both(free, fresh),
    absent: ['request.fresh', 'inclusion', 'finality'],
  },
  {
    name: 'archive',
    says: 'Hashes and signature only: no chain evidence, so no level.',
    edits: offline,
    absent: ['request.fresh', ...CHAIN_CHECKS],
    level: 'none',
  },
  {
    name: 'bodies-withheld',
    says: 'Request and response withheld: who and which model is shown, what was said is not, so no level.',
    edits: both(require('model.identity', 'model.unmodified', 'signature', 'operator.registered', 'operator.bonded', 'finality'), {
      judge(scene) {
        delete scene.bundle.request
        delete scene.bundle.response
      },
    }),
    absent: ['request.bound', 'request.fresh', 'response.unaltered', 'parameters.honoured'],
    level: 'none',
  },
  {
    name: 'every-expectation-met',
    says: 'The caller compares everything that it knows itself: request id and hash, model, node, maximum price.',
    edits: {
      judge(scene) {
        const { requestId, requestHash, modelId, node, price } = scene.receipt
        scene.policy = { ...scene.policy, expect: { requestId, requestHash, modelId, node, maxPrice: price } }
      },
    },
  },
  {
    name: 'own-request-withheld',
    says: 'The request is withheld, but the caller knows its hash.',
    edits: both(require('request.bound', 'response.unaltered', 'operator.registered', 'operator.bonded', 'signature', 'model.identity'), {
      judge(scene) {
        delete scene.bundle.request
        scene.policy = { ...scene.policy, expect: { requestHash: scene.receipt.requestHash } }
      },
    }),
    absent: ['request.fresh', 'parameters.honoured'],
  },
  {
    name: 'pinned-block',
    says: 'The trust names the hash of the very block; its commit does not matter.',
    edits: {
      judge(scene) {
        scene.trust.anchors = [{ height: scene.block.number, blockHash: scene.block.hash }]
        Object.assign(scene.bundle.chain!.commit, { validator: actor('nobody').address })
      },
    },
    absent: ['request.fresh'],
  },
  {
    name: 'pinned-just-arrived',
    says: 'The trust names the hash of the head; nothing on chain dates the receipt, so the clock does.',
    edits: both(fresh, {
      judge(scene) {
        scene.trust.anchors = [{ height: scene.block.number, blockHash: scene.block.hash }]
      },
    }),
    absent: ['request.fresh', 'payment.settled', 'inclusion', 'finality'],
  },
  {
    name: 'history-five-blocks-on',
    says: 'An old block, proven by the History of a block five later.',
    edits: old(5),
    absent: ['request.fresh'],
  },
  {
    name: 'history-next-block',
    says: 'The block is the newest leaf of the History: its own peak.',
    edits: both(old(1), {
      anchor: (scene) => {
        scene.blockTimes = [GENESIS + 60, scene.anchoredAt]
      },
    }),
    absent: ['request.fresh'],
  },
  {
    name: 'history-long-path',
    says: 'The block lies three steps below its peak, left and right of it others.',
    edits: old(14),
    absent: ['request.fresh'],
  },
  {
    name: 'history-pinned',
    says: 'The trust names the hash of the newer block whose History proves the old one.',
    edits: both(old(5), {
      judge(scene) {
        const newest = scene.ledger.blocks.at(-1)!
        scene.trust.anchors = [{ height: newest.number, blockHash: newest.hash }]
      },
    }),
    absent: ['request.fresh'],
  },
  {
    name: 'key-rotated-afterwards',
    says: 'The key was retired a day after the answer; the evidence is from later.',
    edits: {
      anchor: later(2 * DAY, (scene) => {
        scene.key.until = BigInt(ISSUED + DAY)
      }),
    },
    absent: ['request.fresh'],
  },
  {
    name: 'key-retired-within-the-hour',
    says: 'The key was retired one second less than an hour before the batch was recorded: still good.',
    edits: {
      anchor: (scene) => {
        scene.key.until = BigInt(scene.anchoredAt - HOUR + 1)
      },
    },
    absent: ['request.fresh'],
  },
  {
    name: 'key-from-the-same-block',
    says: 'The key was registered in the second of the block that records the batch.',
    edits: {
      anchor: (scene) => {
        scene.key.from = BigInt(scene.anchoredAt)
      },
    },
    absent: ['request.fresh'],
  },
  {
    name: 'dated-by-settlement',
    says: 'Settled but in no batch: the settlement dates the receipt.',
    edits: both(unbatched, policy('answer')),
    absent: ['request.fresh', 'inclusion'],
  },
  {
    name: 'dated-by-settlement-long-ago',
    says: 'Settled but in no batch, verified a month later; the key was retired meanwhile.',
    edits: both(both(old(3), unbatched), {
      anchor: (scene) => {
        scene.key.until = BigInt(scene.issuedAt - 2 * HOUR + 1)
      },
      judge: (scene) => {
        scene.policy = presets.answer
      },
    }),
    absent: ['request.fresh', 'inclusion'],
  },
  {
    name: 'dated-by-settlement-key-an-hour-late',
    says: 'Settled but in no batch: the settling block may be an hour after the receipt, and the key was registered then.',
    edits: both(both(unbatched, policy('answer')), {
      anchor: (scene) => {
        scene.key.from = BigInt(scene.issuedAt + HOUR)
      },
    }),
    absent: ['request.fresh', 'inclusion'],
  },
  {
    name: 'batched-not-settled',
    says: 'In a batch on chain, the payment not settled yet; the payer’s authorisation is in the bundle.',
    edits: both(unsettled, policy('answer')),
    absent: ['request.fresh', 'payment.settled'],
  },
  {
    name: 'payment-withheld',
    says: 'The bundle leaves the authorisation out; the settlement shows that the payer agreed.',
    edits: { judge: (scene) => void delete scene.bundle.payment },
    absent: ['request.fresh'],
  },
  {
    name: 'authorised-more',
    says: 'The payer authorised more than was charged.',
    edits: both(both(unsettled, policy('answer')), {
      charge: (scene) => {
        scene.payment.value += 5n
        authorise(scene)
      },
    }),
    absent: ['request.fresh', 'payment.settled'],
  },
  {
    name: 'price-changed-before',
    says: 'The price changed an hour before the receipt to the second; the quote is the former one.',
    edits: repriced(ISSUED - HOUR, 2n * RATE, RATE, RATE),
    absent: ['request.fresh'],
  },
  {
    name: 'price-changed-afterwards',
    says: 'The price changed half an hour after the receipt; the quote is the former one.',
    edits: both(repriced(ISSUED + HOUR / 2, 2n * RATE, RATE, RATE), { anchor: later(DAY) }),
    absent: ['request.fresh'],
  },
  {
    name: 'price-changed-within-the-hour',
    says: 'The price changed an hour after the receipt to the second; the quote is already the new one.',
    edits: both(repriced(ISSUED + HOUR, 2n * RATE, RATE, 2n * RATE), { anchor: later(DAY) }),
    absent: ['request.fresh'],
  },
  {
    name: 'price-changed-since',
    says: 'The price changed more than an hour after the receipt, so this block cannot show what it was.',
    edits: both(both(repriced(ISSUED + HOUR + 1, 2n * RATE, RATE, RATE), { anchor: later(DAY) }), require('signature', 'finality')),
    absent: ['request.fresh', 'payment.price'],
  },
  { name: 'priced-by-the-byte', says: 'The price is by the byte of the request body.', edits: priced('byte'), absent: ['request.fresh'] },
  {
    name: 'priced-by-two-units',
    says: 'The price is by the request and by the byte.',
    edits: priced('request', 'byte'),
    absent: ['request.fresh'],
  },
  {
    name: 'priced-by-the-token',
    says: 'The price is by the token; the count is the operator’s word, and the verdict says so.',
    edits: priced('token_in', 'token_out'),
    absent: ['request.fresh'],
  },
  {
    name: 'priced-by-request-and-input-token',
    says: 'The price is by the request and by the token read.',
    edits: priced('request', 'token_in'),
    absent: ['request.fresh'],
  },
  {
    name: 'priced-by-output-token',
    says: 'The price is by the token written.',
    edits: priced('token_out'),
    absent: ['request.fresh'],
  },
  {
    name: 'unbilled-usage',
    says: 'The record counts bytes that nobody charges for.',
    edits: { answer: (scene) => void scene.execution.usage.push({ unit: 'byte', units: `${scene.request.body.length}` }) },
    absent: ['request.fresh'],
  },
  {
    name: 'partly-free',
    says: 'The operator charges by the request and, other than published, gives the bytes for free.',
    edits: { answer: (scene) => addFreeBytes(scene) },
    absent: ['request.fresh'],
  },
  {
    name: 'bond-exactly-enough',
    says: 'The bond is 10,000 OPG to the wei.',
    edits: {
      anchor: (scene) => {
        scene.node.bond = 10_000n * OPG
      },
    },
    absent: ['request.fresh'],
  },
  {
    name: 'leaving-but-slashable',
    says: 'The node asked to leave one second less than seven days before the block: its bond is still at risk.',
    edits: {
      anchor: (scene) => {
        scene.node.unbondingAt = BigInt(scene.anchoredAt - 7 * DAY + 1)
      },
    },
    absent: ['request.fresh'],
  },
  {
    name: 'clock-an-hour-ahead',
    says: 'The node’s clock is an hour ahead of the chain to the second: still within tolerance.',
    edits: { anchor: (scene) => reanchor(scene, scene.issuedAt - HOUR) },
    absent: ['request.fresh'],
  },
  {
    name: 'recorded-an-hour-later',
    says: 'The batch was recorded an hour after the receipt to the second.',
    edits: { anchor: (scene) => reanchor(scene, scene.issuedAt + HOUR) },
    absent: ['request.fresh'],
  },
  {
    name: 'fresh-an-hour-ago',
    says: 'Nothing on chain dates the receipt; it is an hour old to the second, and so is the state.',
    edits: both(fresh, {
      anchor: (scene) => {
        scene.blockTimes = [GENESIS + 60, GENESIS + DAY, scene.issuedAt]
      },
      judge: (scene) => {
        scene.now = scene.issuedAt + HOUR
      },
    }),
    absent: ['request.fresh', 'payment.settled', 'inclusion', 'finality'],
  },
  {
    name: 'fresh-key-just-retired',
    says: 'Nothing on chain dates the receipt; the key was retired less than an hour ago.',
    edits: both(fresh, {
      anchor: (scene) => {
        scene.key.until = BigInt(scene.issuedAt + 3 - HOUR)
      },
    }),
    absent: ['request.fresh', 'payment.settled', 'inclusion', 'finality'],
  },
  {
    name: 'batch-of-one',
    says: 'The receipt is the only one of its batch: leaf and root are the same.',
    edits: {
      anchor: (scene) => {
        scene.batched = [receiptHash(scene.receipt, scene.domain)]
      },
    },
    absent: ['request.fresh'],
  },
  {
    name: 'batch-number-zero',
    says: 'The first batch of the node.',
    edits: {
      anchor: (scene) => {
        scene.sequence = 0n
      },
    },
    absent: ['request.fresh'],
  },
  {
    name: 'batch-not-recorded-yet',
    says: 'The batch is signed but was not recorded in the block of the evidence.',
    edits: both(
      {
        anchor: (scene) => {
          scene.unrecorded = true
        },
      },
      { ...fresh, anchor: freshButBatched },
    ),
    absent: ['request.fresh', 'payment.settled', 'inclusion', 'finality'],
  },
  {
    name: 'binary-tensors',
    says: 'JSON followed by binary tensors, with the length of the JSON in the head.',
    edits: binary,
    absent: ['request.fresh'],
  },
  { name: 'no-parameters', says: 'The request asks for no parameters.', edits: asking({ inputs: INPUTS }), absent: ['request.fresh'] },
  {
    name: 'long-parameter',
    says: 'A text of 257 bytes is in the record by its SHA-256, one of 256 bytes as it is.',
    edits: both(asking({ parameters: { long: `${'é'.repeat(128)}!`, short: 'é'.repeat(128) }, inputs: INPUTS }), {
      answer: (scene) => {
        scene.execution.parameters = { long: sha256Hex(utf8(`${'é'.repeat(128)}!`)), short: 'é'.repeat(128) }
      },
    }),
    absent: ['request.fresh'],
  },
  {
    name: 'model-by-name',
    says: 'The request asks by name alone; the name is not in the bundle, the model it meant is.',
    edits: {
      call: (scene) => {
        scene.request.path = '/v2/models/alice%2Fvolatility/infer'
      },
    },
    absent: ['request.fresh'],
  },
  {
    name: 'model-by-id',
    says: 'The request asks by the id in place of the name.',
    edits: {
      call: (scene) => {
        scene.request.path = `/v2/models/${scene.modelId}/infer?trace=1`
      },
    },
    absent: ['request.fresh'],
  },
  {
    name: 'another-endpoint',
    says: 'An endpoint whose parameters this verifier cannot read: that check is absent.',
    edits: both(require('signature', 'request.bound', 'finality'), {
      call: (scene) => {
        scene.request.path = '/v1/chat/completions'
      },
    }),
    absent: ['request.fresh', 'parameters.honoured'],
  },
  {
    name: 'model-not-in-the-evidence',
    says: 'The chain evidence leaves the model out: its id is a hash and needs no chain.',
    edits: {
      judge: (scene) => {
        scene.bundle.chain!.accounts = scene.bundle.chain!.accounts.filter(({ address }) => address !== ADDRESSES.models)
      },
    },
    absent: ['request.fresh'],
  },
  {
    name: 'several-anchors',
    says: 'The trust names two validators, one of them expired, and a block of another height.',
    edits: {
      judge(scene) {
        scene.trust.anchors.unshift(
          { height: 3, blockHash: keccak256Hex(utf8('some other block')) },
          { height: 0, validatorsHash: validatorsHashOf([actor('validator').address]), time: GENESIS, trustingPeriod: HOUR },
          { height: 0, validatorsHash: validatorsHashOf([actor('former validator').address]), time: GENESIS, trustingPeriod: 365 * DAY },
        )
      },
    },
    absent: ['request.fresh'],
  },
  {
    name: 'block-ten-minutes-ahead',
    says: 'The caller’s clock is ten minutes behind the block, the most that is accepted.',
    edits: {
      judge: (scene) => {
        scene.now = scene.block.time - 600
      },
    },
    absent: ['request.fresh'],
  },
  {
    name: 'trust-last-second',
    says: 'The last second of the trusting period.',
    edits: {
      judge: (scene) => {
        scene.now = GENESIS + 365 * DAY - 1
      },
    },
    absent: ['request.fresh'],
  },
  {
    name: 'no-anchor',
    says: 'The caller trusts no block: hashes and signature hold, everything on chain is absent, no level.',
    edits: both(policy('archive'), {
      judge: (scene) => {
        scene.trust.anchors = []
      },
    }),
    absent: ['request.fresh', ...CHAIN_CHECKS],
    level: 'none',
  },
]

/** The caller's clock is behind the chain's: added later, so at the end of the list. */
export const validClock: readonly Story[] = [
  {
    name: 'fresh-clock-behind-the-key',
    says: 'Nothing on chain dates the receipt; the key was registered in the second of the block, half a minute after what the caller’s clock says.',
    edits: both(fresh, {
      anchor: (scene) => {
        scene.key.from = BigInt(scene.issuedAt - 5)
      },
      judge: (scene) => {
        scene.now = scene.block.time - 30
      },
    }),
    absent: ['request.fresh', 'payment.settled', 'inclusion', 'finality'],
  },
]

/** The evidence is from `seconds` after the anchor. */
export function later(seconds: number, change: (scene: Scene) => void = () => {}): (scene: Scene) => void {
  return (scene) => {
    scene.blockTimes = [GENESIS + 60, GENESIS + DAY, scene.anchoredAt + seconds]
    change(scene)
  }
}

/** Batch and settlement are in a block of this time. */
export function reanchor(scene: Scene, time: number): void {
  scene.anchoredAt = time
  scene.blockTimes = [GENESIS + 60, GENESIS + DAY, time]
}

/** As `fresh`, but the node has put the receipt in a batch already. */
function freshButBatched(scene: Scene): void {
  scene.settled = undefined
  scene.blockTimes = [GENESIS + 60, GENESIS + DAY, scene.issuedAt - 5]
}

/** Beside the price by the request: bytes, for free. */
function addFreeBytes({ execution, request, prices }: Scene): void {
  execution.usage.push({ unit: 'byte', units: `${request.body.length}` })
  execution.quote.push({ unit: 'byte', rate: '0', source: 'free' })
  prices.byte = { amount: RATE, since: BigInt(GENESIS + 60), previous: 0n }
}
