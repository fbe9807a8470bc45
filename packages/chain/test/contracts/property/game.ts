import { ADDRESSES } from '@opengradient/contracts'
import { decodeNode, nodeSlots } from '@opengradient/contracts/slots'
import { type Address, type DevAccount, devAccount, type Hex } from '@opengradient/protocol'
import { createWorld, type Outcome, type World } from '../harness.ts'
import { type Entry, OPG } from '../scenario.ts'
import type { Random } from './random.ts'
import { add, emptyLedger, type Ledger, type Terms } from './reference.ts'

/**
 * Six accounts that work together, each of them payer, node and author at once, holding all receipt keys between them. They make
 * random calls, honest and dishonest. The ledger follows by the reference model, which learns from the contracts only whether a
 * call succeeded and which payments it settled.
 */
export interface Game {
  readonly world: World
  readonly random: Random
  readonly players: readonly DevAccount[]
  readonly keys: readonly DevAccount[]
  readonly ledger: Ledger
  readonly models: Map<Hex, Terms>
  /** Every authorisation ever signed, by payer and nonce: to whom, for how much. */
  readonly signed: Map<string, { readonly to: Address; readonly value: bigint }[]>
  readonly settledIds: Set<Hex>
  /** The last entries made, settled or not: what a thief has seen. */
  readonly seen: Entry[]
  /** Who lost its bond. */
  readonly slashed: Set<Address>
  /** WOPG that somebody gave to Settlement for nothing; it stays there. */
  gifts: bigint
  feeBps: bigint
}

export const PLAYERS = 6
const FUNDS = 200_000n * OPG

export async function createGame(random: Random): Promise<Game> {
  const chainId = 2n ** 33n + random.bigBelow(2n ** 40n)
  const players = Array.from({ length: PLAYERS }, (_, i) => devAccount(chainId, i))
  const keys = Array.from({ length: 4 * PLAYERS }, (_, i) => devAccount(chainId, 100 + i))
  const world = await createWorld({ chainId, faucets: players.map(({ address }) => ({ address, amount: FUNDS })) })
  const ledger = emptyLedger()
  for (const { address } of players) add(ledger.native, address, FUNDS)
  add(ledger.native, ADDRESSES.vesting, 10n ** 27n - BigInt(PLAYERS) * FUNDS)
  return {
    world,
    random,
    players,
    keys,
    ledger,
    models: new Map(),
    signed: new Map(),
    settledIds: new Set(),
    seen: [],
    slashed: new Set(),
    gifts: 0n,
    feeBps: 200n,
  }
}

export const anyPlayer = ({ random, players }: Game): DevAccount => random.pick(players)
export const anyKey = ({ random, keys }: Game): DevAccount => random.pick(keys)

/** An amount of any size from dust to a few OPG; now and then one that nobody has. */
export function anyAmount({ random }: Game): bigint {
  return random.bigBelow(10n ** BigInt(1 + random.below(20))) + (random.oneIn(50) ? 10n ** BigInt(24 + random.below(40)) : 0n)
}

/** The newest receipt key of a node; a wrong one now and then. */
export async function keyOf(game: Game, node: Address): Promise<DevAccount> {
  const word = await game.world.storage(ADDRESSES.nodes, nodeSlots(node)[1]!)
  const { receiptKey } = decodeNode([0n, word])
  const key = game.keys.find(({ address }) => address === receiptKey)
  return key === undefined || game.random.oneIn(20) ? anyKey(game) : key
}

/** A player that has a bond, if there is one; now and then any player. */
export function anyNode(game: Game): DevAccount {
  const bonded = game.players.filter(({ address }) => (game.ledger.bonds.get(address) ?? 0n) > 0n)
  return bonded.length === 0 || game.random.oneIn(20) ? anyPlayer(game) : game.random.pick(bonded)
}

/** Makes one call and, if it succeeds, does to the ledger what it should have done. True if it succeeded. */
export type Move = (game: Game) => Promise<boolean>

/** Does `effect` if the call succeeded, and says whether it did. */
export function onSuccess(outcome: Outcome, effect: () => void): boolean {
  if (outcome.ok) effect()
  return outcome.ok
}
