import { ADDRESSES, settlementAbi, tillAbi, tillOf, wopgAbi } from '@opengradient/contracts'
import { type Address, type Hex, ZERO_HASH } from '@opengradient/protocol'
import { attempt, eventsNamed } from '../calls.ts'
import type { Outcome } from '../harness.ts'
import { HOUR, hashOf, settling, settlingMany, signAuthorisation, signCancellation } from '../scenario.ts'
import { anyEntry, noteSigned } from './entries.ts'
import { anyAmount, anyNode, anyPlayer, type Game, type Move, onSuccess } from './game.ts'
import { add, move, shares } from './reference.ts'

const settlement = { abi: settlementAbi, to: ADDRESSES.settlement } as const
const wopg = { abi: wopgAbi, to: ADDRESSES.wopg } as const

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

export const settleOne: Move = async (game) =>
  book(game, await attempt(game.world, settling(await anyEntry(game), anyPlayer(game).address))) === 1

export const settleSome: Move = async (game) => {
  const entries = []
  for (let left = game.random.below(6); left > 0; left--) entries.push(await anyEntry(game))
  if (entries.length > 0 && game.random.oneIn(4)) entries.push(entries[0]!)
  const outcome = await attempt(game.world, settlingMany(entries))
  if (!outcome.ok) throw new Error(`settleMany reverted as a whole: ${outcome.data}`)
  return book(game, outcome) > 0
}

/** Brings a payment straight to the token: never to a till. */
export const spendOutside: Move = async (game) => {
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
  return onSuccess(outcome, () => move(ledger.wopg, payer.address, ledger.wopg, to, message.value))
}

const tillOfSomeNode = (game: Game, to: Address) =>
  game.players.some(({ address }) => tillOf(address) === to && game.ledger.bonds.has(address))

export const cancel: Move = async (game) => {
  const payer = anyPlayer(game)
  const nonce = game.seen.length > 0 ? game.random.pick(game.seen).payment.nonce : ZERO_HASH
  const signer = game.random.oneIn(4) ? anyPlayer(game) : payer
  const signature = signCancellation(game.world.chainId, signer, nonce)
  const outcome = await attempt(game.world, { ...wopg, name: 'cancelAuthorization', args: [payer.address, nonce, signature] })
  if (outcome.ok && signer !== payer) throw new Error('a nonce was cancelled by a stranger')
  return outcome.ok
}

export const wrap: Move = async (game) => {
  const from = anyPlayer(game).address
  const value = anyAmount(game) * 10n
  const outcome = await attempt(game.world, { ...wopg, name: 'deposit', args: [], from, value })
  return onSuccess(outcome, () => {
    move(game.ledger.native, from, game.ledger.native, ADDRESSES.wopg, value)
    add(game.ledger.wopg, from, value)
  })
}

export const unwrap: Move = async (game) => {
  const from = anyPlayer(game).address
  const to = anyPlayer(game).address
  const value = anyAmount(game)
  const outcome = await attempt(game.world, { ...wopg, name: 'withdrawTo', args: [to, value], from })
  return onSuccess(outcome, () => {
    add(game.ledger.wopg, from, -value)
    move(game.ledger.native, ADDRESSES.wopg, game.ledger.native, to, value)
  })
}

export const give: Move = async (game) => {
  const from = anyPlayer(game).address
  const to = game.random.pick([anyPlayer(game).address, tillOf(anyPlayer(game).address), ADDRESSES.settlement, ADDRESSES.wopg])
  const value = anyAmount(game)
  const outcome = await attempt(game.world, { ...wopg, name: 'transfer', args: [to, value], from })
  return onSuccess(outcome, () => {
    move(game.ledger.wopg, from, game.ledger.wopg, to, value)
    if (to === ADDRESSES.settlement) game.gifts += value
  })
}

/** Draws on a till without Settlement. */
export const robTill: Move = async (game) => {
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

export const withdrawCredit: Move = async (game) => {
  const from = game.random.oneIn(10) ? game.random.pick([ADDRESSES.treasury, ADDRESSES.rewards]) : anyPlayer(game).address
  const to = anyPlayer(game).address
  const owed = game.ledger.credits.get(from) ?? 0n
  const outcome = await attempt(game.world, { ...settlement, name: 'withdraw', args: [to], from })
  return onSuccess(outcome, () => {
    add(game.ledger.credits, from, -owed)
    add(game.ledger.wopg, ADDRESSES.settlement, -owed)
    move(game.ledger.native, ADDRESSES.wopg, game.ledger.native, to, owed)
  })
}
