import { ADDRESSES, nodesAbi, settlementAbi, tillAbi, tillOf, vestingAbi, wopgAbi } from '@opengradient/contracts'
import { nextSequenceSlot } from '@opengradient/contracts/slots'
import { type Address, batchHash, type Hex, modelIdFromHash, signDigest, ZERO_HASH } from '@opengradient/protocol'
import { attempt, eventsNamed } from '../calls.ts'
import { BENEFICIARIES, type Outcome } from '../harness.ts'
import {
  BOND,
  DAY,
  HOUR,
  hashOf,
  OPG,
  publishing,
  registering,
  settling,
  settlingMany,
  signAuthorisation,
  signCancellation,
  signReceipt,
} from '../scenario.ts'
import { anyEntry, noteSigned } from './entries.ts'
import { anyAmount, anyKey, anyNode, anyPlayer, type Game, keyOf } from './game.ts'
import { add, move, shares } from './reference.ts'

const MOST_SLASHED = 2

/** Makes one call and, if it succeeds, does to the ledger what it should have done. True if it succeeded. */
export type Move = (game: Game) => Promise<boolean>

const settlement = { abi: settlementAbi, to: ADDRESSES.settlement } as const
const nodes = { abi: nodesAbi, to: ADDRESSES.nodes } as const
const wopg = { abi: wopgAbi, to: ADDRESSES.wopg } as const

function then(outcome: Outcome, effect: () => void): boolean {
  if (outcome.ok) effect()
  return outcome.ok
}

/** What every settled payment of a call must have done, and the rules that none of them may break. */
function book(game: Game, outcome: Outcome): number {
  const { ledger } = game
  const settled = eventsNamed(outcome, 'Settled') as { paymentId: Hex; node: Address; payer: Address; modelId: Hex; price: bigint }[]
  for (const { paymentId, node, payer, modelId, price } of settled) {
    if (game.settledIds.has(paymentId)) throw new Error(`${paymentId} was settled twice`)
    game.settledIds.add(paymentId)
    const nonce = game.seen.find(({ receipt }) => receipt.paymentId === paymentId)?.payment.nonce
    const permitted = game.signed.get(`${payer} ${nonce}`) ?? []
    if (!permitted.some(({ to, value }) => to === tillOf(node) && value === price)) {
      throw new Error(`${payer} never signed ${price} to the till of ${node}`)
    }
    const terms = game.models.get(modelId)!
    const parts = shares(price, terms, game.feeBps)
    move(ledger.wopg, payer, ledger.wopg, ADDRESSES.settlement, price)
    add(ledger.credits, node, parts.node)
    add(ledger.credits, terms.author, parts.author)
    if (terms.parentAuthor) add(ledger.credits, terms.parentAuthor, parts.parent)
    add(ledger.credits, ADDRESSES.rewards, parts.rewards)
    add(ledger.credits, ADDRESSES.treasury, parts.treasury)
  }
  return settled.length
}

const settleOne: Move = async (game) => book(game, await attempt(game.world, settling(await anyEntry(game), anyPlayer(game).address))) === 1

const settleSome: Move = async (game) => {
  const entries = []
  for (let left = game.random.below(6); left > 0; left--) entries.push(await anyEntry(game))
  if (entries.length > 0 && game.random.oneIn(4)) entries.push(entries[0]!)
  const outcome = await attempt(game.world, settlingMany(entries))
  if (!outcome.ok) throw new Error(`settleMany reverted as a whole: ${outcome.data}`)
  return book(game, outcome) > 0
}

/** Brings a payment straight to the token: never to a till. */
const spendOutside: Move = async (game) => {
  const { random, world, ledger } = game
  const payer = anyPlayer(game)
  const to = random.pick([tillOf(anyPlayer(game).address), tillOf(anyNode(game).address), anyPlayer(game).address])
  const seen =
    random.oneIn(2) && game.seen.length > 0 ? random.pick(game.seen).payment.nonce : hashOf(`outside ${random.bigBelow(2n ** 64n)}`)
  const message = { from: payer.address, to, value: anyAmount(game), validAfter: 0n, validBefore: world.now() + HOUR, nonce: seen }
  const signature = signAuthorisation(world.chainId, payer, 'TransferWithAuthorization', message)
  noteSigned(game, payer.address, seen, to, message.value)
  const args = [message.from, to, message.value, 0n, message.validBefore, seen, signature] as const
  const outcome = await attempt(world, { ...wopg, name: 'transferWithAuthorization', args, from: anyPlayer(game).address })
  if (outcome.ok && tillOfSomeNode(game, to)) throw new Error(`${to} was paid without a receipt`)
  return then(outcome, () => move(ledger.wopg, payer.address, ledger.wopg, to, message.value))
}

const tillOfSomeNode = (game: Game, to: Address) =>
  game.players.some(({ address }) => tillOf(address) === to && game.ledger.bonds.has(address))

const cancel: Move = async (game) => {
  const payer = anyPlayer(game)
  const nonce = game.seen.length > 0 ? game.random.pick(game.seen).payment.nonce : ZERO_HASH
  const signer = game.random.oneIn(4) ? anyPlayer(game) : payer
  const signature = signCancellation(game.world.chainId, signer, nonce)
  const outcome = await attempt(game.world, { ...wopg, name: 'cancelAuthorization', args: [payer.address, nonce, signature] })
  if (outcome.ok && signer !== payer) throw new Error('a nonce was cancelled by a stranger')
  return outcome.ok
}

const wrap: Move = async (game) => {
  const from = anyPlayer(game).address
  const value = anyAmount(game) * 10n
  const outcome = await attempt(game.world, { ...wopg, name: 'deposit', args: [], from, value })
  return then(outcome, () => {
    move(game.ledger.native, from, game.ledger.native, ADDRESSES.wopg, value)
    add(game.ledger.wopg, from, value)
  })
}

const unwrap: Move = async (game) => {
  const from = anyPlayer(game).address
  const to = anyPlayer(game).address
  const value = anyAmount(game)
  const outcome = await attempt(game.world, { ...wopg, name: 'withdrawTo', args: [to, value], from })
  return then(outcome, () => {
    add(game.ledger.wopg, from, -value)
    move(game.ledger.native, ADDRESSES.wopg, game.ledger.native, to, value)
  })
}

const give: Move = async (game) => {
  const from = anyPlayer(game).address
  const to = game.random.pick([anyPlayer(game).address, tillOf(anyPlayer(game).address), ADDRESSES.settlement, ADDRESSES.wopg])
  const value = anyAmount(game)
  const outcome = await attempt(game.world, { ...wopg, name: 'transfer', args: [to, value], from })
  return then(outcome, () => {
    move(game.ledger.wopg, from, game.ledger.wopg, to, value)
    if (to === ADDRESSES.settlement) game.gifts += value
  })
}

/** Draws on a till without Settlement. */
const robTill: Move = async (game) => {
  const till = tillOf(anyNode(game).address)
  const outcome = await attempt(game.world, {
    abi: tillAbi,
    to: till,
    name: 'release',
    args: [ADDRESSES.wopg, 1n],
    from: anyPlayer(game).address,
  })
  // An address without code answers every call; nothing moves.
  if (outcome.ok && (await game.world.code(till)) !== '0x') throw new Error(`${till} obeyed a stranger`)
  return false
}

const withdrawCredit: Move = async (game) => {
  const from = game.random.oneIn(10) ? game.random.pick([ADDRESSES.treasury, ADDRESSES.rewards]) : anyPlayer(game).address
  const to = anyPlayer(game).address
  const owed = game.ledger.credits.get(from) ?? 0n
  const outcome = await attempt(game.world, { ...settlement, name: 'withdraw', args: [to], from })
  return then(outcome, () => {
    add(game.ledger.credits, from, -owed)
    add(game.ledger.wopg, ADDRESSES.settlement, -owed)
    move(game.ledger.native, ADDRESSES.wopg, game.ledger.native, to, owed)
  })
}

const register: Move = async (game) => {
  const from = anyPlayer(game).address
  const value = game.random.oneIn(5) ? BOND - 1n : BOND + game.random.bigBelow(OPG)
  const outcome = await attempt(game.world, registering(from, anyKey(game).address, value))
  return then(outcome, () => move(game.ledger.native, from, game.ledger.bonds, from, value))
}

const addBond: Move = async (game) => {
  const from = anyNode(game).address
  const value = anyAmount(game)
  const outcome = await attempt(game.world, { ...nodes, name: 'addBond', args: [], from, value })
  return then(outcome, () => move(game.ledger.native, from, game.ledger.bonds, from, value))
}

const rotate: Move = async (game) =>
  (await attempt(game.world, { ...nodes, name: 'rotateKey', args: [anyKey(game).address], from: anyNode(game).address })).ok

const unbond: Move = async (game) => (await attempt(game.world, { ...nodes, name: 'unbond', args: [], from: anyNode(game).address })).ok

const withdrawBond: Move = async (game) => {
  const from = anyNode(game).address
  const bond = game.ledger.bonds.get(from) ?? 0n
  const outcome = await attempt(game.world, { ...nodes, name: 'withdrawBond', args: [], from })
  return then(outcome, () => move(game.ledger.bonds, from, game.ledger.native, from, bond))
}

const publish: Move = async (game) => {
  const { random, models, world } = game
  const author = anyPlayer(game).address
  const manifestHash = hashOf(`manifest ${random.below(40)}`)
  const parent = models.size > 0 && random.oneIn(2) ? random.pick([...models.keys()]) : ZERO_HASH
  const terms = {
    royaltyBps: random.below(6000),
    minRoyalty: random.oneIn(3) ? 0n : random.bigBelow(10n ** BigInt(1 + random.below(17))),
    parent,
    parentShareBps: parent === ZERO_HASH ? 0 : random.below(6000),
  }
  const modelId = modelIdFromHash(author, manifestHash)
  const outcome = await attempt(world, publishing(author, { name: `o${author.slice(2, 10)}/m${random.below(9)}`, manifestHash, ...terms }))
  return then(outcome, () => {
    if (models.has(modelId)) return
    models.set(modelId, {
      author,
      royaltyBps: BigInt(terms.royaltyBps),
      minRoyalty: terms.minRoyalty,
      parentAuthor: models.get(parent)?.author,
      parentShareBps: BigInt(terms.parentShareBps),
    })
  })
}

const commit: Move = async (game) => {
  const node = anyNode(game).address
  const next = await game.world.storage(ADDRESSES.settlement, nextSequenceSlot(node))
  const sequence = next + BigInt(game.random.oneIn(4) ? game.random.below(3) : 0)
  const batch = { node, root: hashOf('root'), count: 1 + game.random.below(9), total: anyAmount(game), sequence }
  const signature = signDigest(batchHash(batch, game.world.domain), (await keyOf(game, node)).privateKey)
  return (await attempt(game.world, { ...settlement, name: 'commit', args: [batch, signature] })).ok
}

/** Accuses a node with two receipts, of which sometimes one is a forgery or the two are the same. */
const accuse: Move = async (game) => {
  const { random, seen, world, ledger } = game
  if (seen.length === 0) return false
  const a = random.pick(seen)
  const forged = { ...a.receipt, responseHash: hashOf(`accusation ${random.below(3)}`) }
  const key = await keyOf(game, a.receipt.node)
  // Who was slashed never comes back, and the game needs nodes until its end.
  const forgery = { receipt: forged, signature: signReceipt({ world, key }, forged, key) }
  const b = random.pick(game.slashed.size < MOST_SLASHED ? [a, random.pick(seen), forgery] : [a])
  const reporter = anyPlayer(game).address
  const args = [a.receipt, a.signature, b.receipt, b.signature] as const
  const outcome = await attempt(world, { ...settlement, name: 'equivocation', args, from: reporter })
  return then(outcome, () => {
    const bond = ledger.bonds.get(a.receipt.node) ?? 0n
    const reward = (bond * 5n) / 100n
    game.slashed.add(a.receipt.node)
    add(ledger.bonds, a.receipt.node, -bond)
    add(ledger.native, ADDRESSES.wopg, bond)
    add(ledger.wopg, ADDRESSES.settlement, bond)
    add(ledger.credits, reporter, reward)
    add(ledger.credits, ADDRESSES.treasury, bond - reward)
  })
}

const changeFee: Move = async (game) => {
  const feeBps = game.random.below(1100)
  const from = game.random.oneIn(2) ? ADDRESSES.timelock : anyPlayer(game).address
  const outcome = await attempt(game.world, { ...settlement, name: 'setFeeBps', args: [feeBps], from })
  if (outcome.ok && from !== ADDRESSES.timelock) throw new Error('a stranger set the fee')
  return then(outcome, () => {
    game.feeBps = BigInt(feeBps)
  })
}

const release: Move = async (game) => {
  const id = game.random.below(8)
  const outcome = await attempt(game.world, {
    abi: vestingAbi,
    to: ADDRESSES.vesting,
    name: 'release',
    args: [id],
    from: anyPlayer(game).address,
  })
  return then(outcome, () => {
    const [{ amount }] = eventsNamed(outcome, 'Released') as [{ amount: bigint }]
    move(game.ledger.native, ADDRESSES.vesting, game.ledger.native, BENEFICIARIES[id]!, amount)
  })
}

/** Native OPG to a contract that wants none, or to another player. */
const sendNative: Move = async (game) => {
  const from = anyPlayer(game).address
  const to = game.random.pick([
    ADDRESSES.nodes,
    ADDRESSES.settlement,
    ADDRESSES.vesting,
    ADDRESSES.tillImplementation,
    anyPlayer(game).address,
  ])
  const value = anyAmount(game)
  return then(await game.world.send({ from, to, value }), () => move(game.ledger.native, from, game.ledger.native, to, value))
}

const wait: Move = async ({ world, random }) => {
  world.advance(random.pick([1n, 60n, HOUR / 2n, HOUR + 1n, random.oneIn(2) ? 8n * DAY : 1n]))
  return true
}

/** All moves with their weights. */
const WEIGHTED: readonly (readonly [Move, number])[] = [
  [settleOne, 30],
  [settleSome, 15],
  [spendOutside, 5],
  [cancel, 3],
  [wrap, 12],
  [unwrap, 4],
  [give, 3],
  [robTill, 2],
  [withdrawCredit, 6],
  [register, 5],
  [addBond, 2],
  [rotate, 2],
  [unbond, 1],
  [withdrawBond, 2],
  [publish, 5],
  [commit, 2],
  [accuse, 1],
  [changeFee, 1],
  [release, 1],
  [sendNative, 2],
  [wait, 6],
]

/** Every move as often as its weight says. */
export const MOVES: readonly Move[] = WEIGHTED.flatMap(([made, weight]) => Array.from({ length: weight }, () => made))
