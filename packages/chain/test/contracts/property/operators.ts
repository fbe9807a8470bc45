import { ADDRESSES, nodesAbi, settlementAbi, vestingAbi } from '@opengradient/contracts'
import { nextSequenceSlot } from '@opengradient/contracts/slots'
import { batchHash, modelIdFromHash, signDigest, ZERO_HASH } from '@opengradient/protocol'
import { attempt, eventsNamed } from '../calls.ts'
import { BENEFICIARIES } from '../harness.ts'
import { BOND, DAY, HOUR, hashOf, OPG, publishing, registering, signReceipt } from '../scenario.ts'
import { anyAmount, anyKey, anyNode, anyPlayer, keyOf, type Move, onSuccess } from './game.ts'
import { add, move } from './reference.ts'

const MOST_SLASHED = 2

const settlement = { abi: settlementAbi, to: ADDRESSES.settlement } as const
const nodes = { abi: nodesAbi, to: ADDRESSES.nodes } as const

export const register: Move = async (game) => {
  const from = anyPlayer(game).address
  const value = game.random.oneIn(5) ? BOND - 1n : BOND + game.random.bigBelow(OPG)
  const outcome = await attempt(game.world, registering(from, anyKey(game).address, value))
  return onSuccess(outcome, () => move(game.ledger.native, from, game.ledger.bonds, from, value))
}

export const addBond: Move = async (game) => {
  const from = anyNode(game).address
  const value = anyAmount(game)
  const outcome = await attempt(game.world, { ...nodes, name: 'addBond', args: [], from, value })
  return onSuccess(outcome, () => move(game.ledger.native, from, game.ledger.bonds, from, value))
}

export const rotate: Move = async (game) =>
  (await attempt(game.world, { ...nodes, name: 'rotateKey', args: [anyKey(game).address], from: anyNode(game).address })).ok

export const unbond: Move = async (game) =>
  (await attempt(game.world, { ...nodes, name: 'unbond', args: [], from: anyNode(game).address })).ok

export const withdrawBond: Move = async (game) => {
  const from = anyNode(game).address
  const bond = game.ledger.bonds.get(from) ?? 0n
  const outcome = await attempt(game.world, { ...nodes, name: 'withdrawBond', args: [], from })
  return onSuccess(outcome, () => move(game.ledger.bonds, from, game.ledger.native, from, bond))
}

export const publish: Move = async (game) => {
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
  return onSuccess(outcome, () => {
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

export const commit: Move = async (game) => {
  const node = anyNode(game).address
  const next = await game.world.storage(ADDRESSES.settlement, nextSequenceSlot(node))
  const sequence = next + BigInt(game.random.oneIn(4) ? game.random.below(3) : 0)
  const batch = { node, root: hashOf('root'), count: 1 + game.random.below(9), total: anyAmount(game), sequence }
  const signature = signDigest(batchHash(batch, game.world.domain), (await keyOf(game, node)).privateKey)
  return (await attempt(game.world, { ...settlement, name: 'commit', args: [batch, signature] })).ok
}

/** Accuses a node with two receipts, of which sometimes one is a forgery or the two are the same. */
export const accuse: Move = async (game) => {
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
  return onSuccess(outcome, () => {
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

export const changeFee: Move = async (game) => {
  const feeBps = game.random.below(1100)
  const from = game.random.oneIn(2) ? ADDRESSES.timelock : anyPlayer(game).address
  const outcome = await attempt(game.world, { ...settlement, name: 'setFeeBps', args: [feeBps], from })
  if (outcome.ok && from !== ADDRESSES.timelock) throw new Error('a stranger set the fee')
  return onSuccess(outcome, () => {
    game.feeBps = BigInt(feeBps)
  })
}

export const release: Move = async (game) => {
  const id = game.random.below(8)
  const outcome = await attempt(game.world, {
    abi: vestingAbi,
    to: ADDRESSES.vesting,
    name: 'release',
    args: [id],
    from: anyPlayer(game).address,
  })
  return onSuccess(outcome, () => {
    const [{ amount }] = eventsNamed(outcome, 'Released') as [{ amount: bigint }]
    move(game.ledger.native, ADDRESSES.vesting, game.ledger.native, BENEFICIARIES[id]!, amount)
  })
}

/** Native OPG to a contract that wants none, or to another player. */
export const sendNative: Move = async (game) => {
  const from = anyPlayer(game).address
  const to = game.random.pick([
    ADDRESSES.nodes,
    ADDRESSES.settlement,
    ADDRESSES.vesting,
    ADDRESSES.tillImplementation,
    anyPlayer(game).address,
  ])
  const value = anyAmount(game)
  return onSuccess(await game.world.send({ from, to, value }), () => move(game.ledger.native, from, game.ledger.native, to, value))
}

export const wait: Move = async ({ world, random }) => {
  world.advance(random.pick([1n, 60n, HOUR / 2n, HOUR + 1n, random.oneIn(2) ? 8n * DAY : 1n]))
  return true
}
