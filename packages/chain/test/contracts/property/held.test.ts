import { ADDRESSES, type heldPaymentsAbi, nodesAbi, settlementAbi } from '@opengradient/contracts'
import { creditSlot, decodeNode, nodeSlots, wopgBalanceSlot } from '@opengradient/contracts/slots'
import { type Address, bytesToHex, type DevAccount, devAccount, type Receipt } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { changed, mlp } from '../../../src/precompiles/zkProof/model.testkit.ts'
import { attempt, type Call, write } from '../calls.ts'
import type { World } from '../harness.ts'
import {
  accepting,
  boundEntry,
  CHALLENGE_BLOCKS,
  challenging,
  createHeldScene,
  depositNow,
  failing,
  heldOf,
  PROOF_BLOCKS,
  type Proven,
  penaltiesOf,
  penaltyOf,
  provenEntry,
  proving,
  RESERVED,
  releasing,
  releasingMany,
} from '../heldScene.ts'
import { BOND, DAY, hashOf, OPG, registering, type Scene, settling, wopgDeposit } from '../scenario.ts'
import { createRandom, drawSeed, type Random } from './random.ts'

const CALLS = 800
const model = mlp([6, 5, 3])

/** A payment as the reference model follows it. */
interface Payment extends Proven {
  readonly honest: boolean
  status: 'held' | 'challenged' | 'released' | 'failed'
  heldAt: bigint
  challengedAt: bigint
  deposit: bigint
}

interface Operator {
  readonly account: DevAccount
  readonly key: DevAccount
  bond: bigint
  leftAt: bigint | undefined
}

interface Game {
  readonly scene: Scene
  readonly world: World
  readonly random: Random
  readonly operators: readonly Operator[]
  readonly payers: readonly DevAccount[]
  readonly payments: Payment[]
  readonly credits: Map<Address, bigint>
}

const give = (game: Game, account: Address, amount: bigint) => game.credits.set(account, (game.credits.get(account) ?? 0n) + amount)
const outstanding = (game: Game, node: Address): bigint =>
  game.payments
    .filter(({ status, entry }) => (status === 'held' || status === 'challenged') && entry.receipt.node === node)
    .reduce((sum, { entry }) => sum + penaltyOf(entry.receipt.price), 0n)

async function createGame(random: Random): Promise<Game> {
  const scene = await createHeldScene({ zkModelId: bytesToHex(model.id) })
  const { world, payer, stranger } = scene
  await write(world, wopgDeposit(stranger.address, 1_000n * OPG))
  const second: Operator = { account: payer, key: devAccount(world.chainId, 50), bond: BOND + 50n * OPG, leftAt: undefined }
  await write(world, registering(payer.address, second.key.address, second.bond))
  const operators = [{ account: scene.node, key: scene.key, bond: BOND, leftAt: undefined }, second]
  return { scene, world, random, operators, payers: [payer, stranger], payments: [], credits: new Map() }
}

/** What `Settlement` gives each of the price. */
function share(game: Game, { price, node }: Receipt): void {
  const royalty = price / 10n > OPG / 1000n ? price / 10n : OPG / 1000n
  const parent = royalty / 5n
  const half = price / 100n
  give(game, node, price - royalty - 2n * half)
  give(game, game.scene.author.address, royalty - parent)
  give(game, game.scene.parentAuthor.address, parent)
  for (const account of [ADDRESSES.rewards, ADDRESSES.treasury]) give(game, account, half)
}

type Move = (game: Game) => Promise<boolean>

let drawn = 0
const settle: Move = async (game) => {
  const { random, scene, world } = game
  const operator = random.pick(game.operators)
  const payer = random.pick(game.payers)
  const price = 2n * (OPG / 1000n) + random.bigBelow(10n ** BigInt(17 + random.below(4)))
  const from = { world, payer, node: operator.account, key: operator.key, modelId: scene.modelId }
  const x = Int16Array.from({ length: 6 }, () => random.below(20_000) - 10_000)
  const name = `held ${drawn++}`
  // Half of the payers sign for one input, some of them for another than they send.
  const misled = random.oneIn(8)
  const bound = misled || random.oneIn(2)
  const paidFor = misled ? { x: Uint8Array.of(1) } : {}
  const proven = bound ? boundEntry(from, model, x, { name, price, paidFor }) : provenEntry(from, model, x, { nonce: hashOf(name), price })
  const wellProved = !random.oneIn(4)
  const honest = wellProved && !misled
  const input = wellProved ? proven.input : changed(proven.input, 'proof', 40 + random.below(proven.input.proof.length - 40))
  const allowed =
    operator.leftAt === undefined && outstanding(game, operator.account.address) + penaltyOf(price) + RESERVED <= operator.bond
  const outcome = await attempt(world, settling(proven.entry))
  if (outcome.ok && !allowed) throw new Error('settled what the bond does not answer for')
  if (!outcome.ok) return false
  game.payments.push({ ...proven, input, honest, status: 'held', heldAt: world.height(), challengedAt: 0n, deposit: 0n })
  return true
}

/** Any payment, often one that is not over. */
function any({ random, payments }: Game): Payment | undefined {
  const open = payments.filter(({ status }) => status === 'held' || status === 'challenged')
  if (open.length > 0 && !random.oneIn(4)) return random.pick(open)
  return payments.length === 0 ? undefined : random.pick(payments)
}

/** Makes a call about a payment, and compares whether it succeeded with whether it should have. */
async function tell<N extends 'accept' | 'release' | 'challenge' | 'prove' | 'fail'>(
  game: Game,
  payment: Payment,
  call: Call<typeof heldPaymentsAbi, N>,
  should: boolean,
): Promise<boolean> {
  const { ok } = await attempt(game.world, call)
  if (ok !== should) throw new Error(`${call.name} of a payment that is ${payment.status}: ${ok}, expected ${should}`)
  return ok
}

const accept: Move = async (game) => {
  const payment = any(game)
  if (!payment) return false
  const { receipt } = payment.entry
  const from = game.random.pick(game.payers).address
  const done = await tell(game, payment, accepting(receipt, from), payment.status === 'held' && from === receipt.payer)
  if (done) end(game, payment, 'released')
  return done
}

function end(game: Game, payment: Payment, status: 'released' | 'failed'): void {
  payment.status = status
  if (status === 'released') share(game, payment.entry.receipt)
}

const release: Move = async (game) => {
  const payment = any(game)
  if (!payment) return false
  const due = game.world.height() > payment.heldAt + CHALLENGE_BLOCKS
  const done = await tell(game, payment, releasing(payment.entry.receipt), payment.status === 'held' && due)
  if (done) end(game, payment, 'released')
  return done
}

const releaseMany: Move = async (game) => {
  const list = game.payments.slice(-8)
  const due = list.filter(({ status, heldAt }) => status === 'held' && game.world.height() > heldAt + CHALLENGE_BLOCKS)
  await write(game.world, releasingMany(list.map(({ entry }) => entry.receipt)))
  for (const payment of due) end(game, payment, 'released')
  return due.length > 0
}

const challenge: Move = async (game) => {
  const payment = any(game)
  if (!payment) return false
  const least = await depositNow(game.world)
  const value = game.random.oneIn(5) ? least - 1n : least + game.random.bigBelow(OPG)
  const from = game.random.oneIn(5) ? game.scene.author.address : payment.entry.receipt.payer
  const timely = game.world.height() <= payment.heldAt + CHALLENGE_BLOCKS
  const should = payment.status === 'held' && timely && value >= least && from === payment.entry.receipt.payer
  if (!(await tell(game, payment, challenging(payment.entry.receipt, value, from), should))) return false
  Object.assign(payment, { status: 'challenged', challengedAt: game.world.height(), deposit: value })
  return true
}

const prove: Move = async (game) => {
  const payment = any(game)
  if (!payment) return false
  const { status, challengedAt, honest, entry, deposit } = payment
  const timely = status === 'held' || (status === 'challenged' && game.world.height() <= challengedAt + PROOF_BLOCKS)
  const gasPrice = game.random.bigBelow(3n * 10n ** 9n)
  const before = await creditOf(game, entry.receipt.node)
  if (!(await tell(game, payment, { ...proving(entry.receipt, payment.input), gasPrice }, timely && honest))) return false
  const expected = game.credits.get(entry.receipt.node) ?? 0n
  if (before !== expected) throw new Error('the credit of the node was another before')
  end(game, payment, 'released')
  const cost = (await creditOf(game, entry.receipt.node)) - (game.credits.get(entry.receipt.node) ?? 0n)
  // Whoever pays itself cannot tell the parts of a deposit apart.
  if (entry.receipt.node === entry.receipt.payer) give(game, entry.receipt.node, deposit)
  else {
    if (cost < 0n || cost > deposit) throw new Error(`the node got ${cost} out of a deposit of ${deposit}`)
    give(game, entry.receipt.node, cost)
    give(game, entry.receipt.payer, deposit - cost)
  }
  return true
}

const fail: Move = async (game) => {
  const payment = any(game)
  if (!payment) return false
  const { receipt } = payment.entry
  const due = game.world.height() > payment.challengedAt + PROOF_BLOCKS
  const operator = game.operators.find(({ account }) => account.address === receipt.node)!
  if (!(await tell(game, payment, failing(receipt), payment.status === 'challenged' && due))) return false
  end(game, payment, 'failed')
  const penalty = penaltyOf(receipt.price)
  operator.bond -= penalty
  give(game, receipt.payer, receipt.price + payment.deposit + penalty)
  return true
}

const mine: Move = async ({ world, random }) => {
  world.mine(1n + random.bigBelow(random.oneIn(6) ? PROOF_BLOCKS + 2_000n : CHALLENGE_BLOCKS / 4n))
  return true
}

const leave: Move = async (game) => {
  const operator = game.random.pick(game.operators)
  const nodes = { abi: nodesAbi, to: ADDRESSES.nodes, from: operator.account.address } as const
  if (operator.leftAt === undefined) {
    if (!game.random.oneIn(20)) return false
    operator.leftAt = game.world.now()
    await write(game.world, { ...nodes, name: 'unbond', args: [] })
    game.world.advance(7n * DAY)
    return true
  }
  const { ok } = await attempt(game.world, { ...nodes, name: 'withdrawBond', args: [] })
  const free = outstanding(game, operator.account.address) === 0n && operator.bond > 0n
  if (ok !== free) throw new Error(`withdrawBond: ${ok}, expected ${free}`)
  if (ok) operator.bond = 0n
  return ok
}

const withdraw: Move = async (game) => {
  const from = game.random.pick([...game.payers, game.scene.node]).address
  const { ok } = await attempt(game.world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'withdraw', args: [from], from })
  if (ok) game.credits.set(from, 0n)
  return ok
}

const MOVES: readonly (readonly [Move, number])[] = [
  [settle, 8],
  [accept, 2],
  [release, 2],
  [releaseMany, 1],
  [challenge, 6],
  [prove, 5],
  [fail, 4],
  [mine, 3],
  [leave, 1],
  [withdraw, 1],
]

const creditOf = ({ world }: Game, account: Address) => world.storage(ADDRESSES.settlement, creditSlot(account))

/** Compares every credit, bond and held payment with the reference model, and the sums with what backs them. */
async function check(game: Game): Promise<void> {
  const { scene, world, operators, payments, credits } = game
  const same = (what: string, found: bigint, expected: bigint) => {
    if (found !== expected) throw new Error(`${what}: found ${found}, expected ${expected}`)
  }
  const waiting = payments.filter(({ status }) => status === 'held' || status === 'challenged')
  const held = waiting.reduce((sum, { entry, deposit, status }) => sum + entry.receipt.price + (status === 'challenged' ? deposit : 0n), 0n)
  same('what HeldPayments keeps', await creditOf(game, ADDRESSES.heldPayments), held)
  const everybody = [scene.payer, scene.stranger, scene.node, scene.author, scene.parentAuthor].map(({ address }) => address)
  let all = held
  for (const account of [...everybody, ADDRESSES.rewards, ADDRESSES.treasury]) {
    const credit = await creditOf(game, account)
    same(`credit of ${account}`, credit, credits.get(account) ?? 0n)
    all += credit
  }
  same('the WOPG of Settlement', await world.storage(ADDRESSES.wopg, wopgBalanceSlot(ADDRESSES.settlement)), all)
  for (const { account, bond } of operators) {
    const node = decodeNode([await world.storage(ADDRESSES.nodes, nodeSlots(account.address)[0]!)])
    same(`bond of ${account.address}`, node.bond, bond)
    const penalties = await penaltiesOf(world, account.address)
    same(`penalties of ${account.address}`, penalties, outstanding(game, account.address))
    if (penalties > bond) throw new Error(`the bond of ${account.address} does not answer for its penalties`)
  }
  same(
    'the balance of Nodes',
    await world.balance(ADDRESSES.nodes),
    operators.reduce((sum, { bond }) => sum + bond, 0n),
  )
  const last = payments.at(-1)
  if (last) expect((await heldOf(world, last.entry.receipt)).status).toBe(last.status)
}

test(`${CALLS} random calls about held payments create, lose and divert nothing`, { timeout: 600_000 }, async () => {
  const seed = drawSeed()
  console.log(`OG_SEED=${seed}`)
  const random = createRandom(seed)
  const game = await createGame(random)
  const moves = MOVES.flatMap(([move, weight]) => Array.from({ length: weight }, () => move))
  const done = new Map<string, number>()
  for (let i = 0; i < CALLS; i++) {
    const move = random.pick(moves)
    try {
      if (await move(game)) done.set(move.name, (done.get(move.name) ?? 0) + 1)
      await check(game)
    } catch (cause) {
      throw new Error(`call ${i} (${move.name}) of the run with OG_SEED=${seed}`, { cause })
    }
  }
  console.log([...done].map(([name, count]) => `${name} ${count}`).join(' · '))
  // The run is worth something only if most of it happens.
  for (const move of [settle, challenge, prove, fail]) expect(done.get(move.name) ?? 0, move.name).toBeGreaterThan(0)
})
