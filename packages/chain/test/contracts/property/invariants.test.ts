import { ADDRESSES, tillOf } from '@opengradient/contracts'
import { creditSlot, decodeNode, nodeSlots, wopgBalanceSlot } from '@opengradient/contracts/slots'
import { type Address, type Hex, ZERO_ADDRESS } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { BENEFICIARIES } from '../harness.ts'
import { createGame, type Game, PLAYERS } from './game.ts'
import { MOVES } from './moves.ts'
import { createRandom, drawSeed } from './random.ts'
import { sumOf } from './reference.ts'

const CALLS = 10_000
const SUPPLY = 10n ** 27n

/** An account and where its money is in storage. */
interface Holder {
  readonly account: Address
  readonly wopg: Hex
  readonly credit: Hex
}

/** Where money can be. */
interface Places {
  /** Everybody who could have some: players, their tills, every address of the protocol, and nobody. */
  readonly holders: readonly Holder[]
  /** The bonds of the players. */
  readonly bonds: readonly { readonly address: Address; readonly bondSlot: Hex }[]
}

function placesOf(game: Game): Places {
  const players = game.players.map(({ address }) => address)
  const everybody = [...players, ...players.map(tillOf), ...Object.values(ADDRESSES), ...BENEFICIARIES, ZERO_ADDRESS]
  return {
    holders: everybody.map((account) => ({ account, wopg: wopgBalanceSlot(account), credit: creditSlot(account) })),
    bonds: players.map((address) => ({ address, bondSlot: nodeSlots(address)[0]! })),
  }
}

function mustEqual(what: string, found: bigint, expected: bigint): void {
  if (found !== expected) throw new Error(`${what}: found ${found}, expected ${expected}`)
}

/** Compares every balance, credit and bond with the ledger, and the sums with what can never change. */
async function check(game: Game, { holders, bonds }: Places): Promise<void> {
  const { world, ledger } = game
  const all = { native: 0n, wopg: 0n, credits: 0n, bonds: 0n }
  for (const { account, wopg, credit } of holders) {
    const native = await world.balance(account)
    const wrapped = await world.storage(ADDRESSES.wopg, wopg)
    const owed = await world.storage(ADDRESSES.settlement, credit)
    if (account !== ADDRESSES.nodes) mustEqual(`native OPG of ${account}`, native, ledger.native.get(account) ?? 0n)
    mustEqual(`WOPG of ${account}`, wrapped, ledger.wopg.get(account) ?? 0n)
    mustEqual(`credit of ${account}`, owed, ledger.credits.get(account) ?? 0n)
    all.native += native
    all.wopg += wrapped
    all.credits += owed
  }
  for (const { address, bondSlot } of bonds) {
    const { bond } = decodeNode([await world.storage(ADDRESSES.nodes, bondSlot)])
    mustEqual(`bond of ${address}`, bond, ledger.bonds.get(address) ?? 0n)
    all.bonds += bond
  }
  mustEqual('all native OPG', all.native, SUPPLY)
  mustEqual('the ledger', sumOf(ledger.native) + sumOf(ledger.bonds), SUPPLY)
  mustEqual('the balance of Nodes, all bonds', await world.balance(ADDRESSES.nodes), all.bonds)
  mustEqual('the balance of the wrapper, all WOPG', await world.balance(ADDRESSES.wopg), all.wopg)
  mustEqual('the WOPG of Settlement, all credits and gifts', ledger.wopg.get(ADDRESSES.settlement) ?? 0n, all.credits + game.gifts)
}

test(`${CALLS} random calls of ${PLAYERS} colluding accounts create, lose and divert nothing`, { timeout: 1_800_000 }, async () => {
  const seed = drawSeed()
  console.log(`OG_SEED=${seed}`)
  const random = createRandom(seed)
  const game = await createGame(random)
  const places = placesOf(game)
  const tally = new Map<string, { made: number; done: number }>()
  for (let i = 0; i < CALLS; i++) {
    const move = random.pick(MOVES)
    const count = tally.get(move.name) ?? { made: 0, done: 0 }
    tally.set(move.name, count)
    count.made++
    try {
      if (await move(game)) count.done++
      await check(game, places)
    } catch (cause) {
      throw new Error(`call ${i} (${move.name}) of the run with OG_SEED=${seed}`, { cause })
    }
  }
  console.log([...tally].map(([name, { made, done }]) => `${name} ${done}/${made}`).join(' · '), `· ${game.settledIds.size} payments`)
  // The run is worth something only if the honest half of it works.
  expect(game.settledIds.size).toBeGreaterThan(CALLS / 20)
  for (const [name, { done }] of tally) if (name !== 'robTill') expect(done, `${name} succeeded`).toBeGreaterThan(0)
})
