import { ADDRESSES, stakingAbi } from '@opengradient/contracts'
import { SUPPLY } from '@opengradient/contracts/artifacts'
import { type Address, bytesToHex, type Hex } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import type { ConsensusReport, ValidatorUpdate, Vote } from '../src/consensus/report.ts'
import { memoryStore } from '../src/state/store.ts'
import { OPG, type Signer, signer } from './chain.testkit.ts'
import { createRandom, drawSeed } from './contracts/property/random.ts'
import { idOf, keyOf, leastValidators, stakedChain, stakedGenesis, stakingCall, supplyOf } from './staking.testkit.ts'

const BLOCKS = 210
const PLACES = 100
const SELF_BOND = 10_000n * OPG
/** As in CometBFT's `types/validator_set.go`. */
const MAX_TOTAL_POWER = (2n ** 63n - 1n) / 8n

/** CometBFT's set: what it refuses of an update stops every node at once. */
function apply(set: Map<Hex, bigint>, updates: readonly ValidatorUpdate[]): void {
  const seen = new Set<Hex>()
  for (const { key, power } of updates) {
    const name = bytesToHex(key)
    expect(seen.has(name), 'a key twice in one update').toBe(false)
    seen.add(name)
    expect(power >= 0n && power < 2n ** 63n).toBe(true)
    if (power === 0n) expect(set.delete(name), 'a key that is not there goes').toBe(true)
    else set.set(name, power)
  }
  expect(set.size).toBeGreaterThan(0)
  expect([...set.values()].reduce((a, b) => a + b)).toBeLessThanOrEqual(MAX_TOTAL_POWER)
}

it(`${BLOCKS} blocks of anybody's calls and any reports never stop the chain: CometBFT takes every change, and the supply stays`, {
  timeout: 600_000,
}, async () => {
  const seed = drawSeed()
  console.log(`OG_SEED=${seed}`)
  const random = createRandom(seed)
  // A full set, and six more who want to be in it.
  const people = [signer(0), ...Array.from({ length: PLACES + 5 }, (_, i) => signer(100 + i))]
  const addresses = people.slice(1).map(({ address }) => address)
  const store = memoryStore()
  const chain = await stakedChain(stakedGenesis(leastValidators(addresses.slice(0, PLACES - 1)), addresses), store)
  const read = <T>(name: string, ...args: unknown[]) => chain.read(stakingAbi, ADDRESSES.staking, name, args) as Promise<T>
  const set = new Map(people.slice(0, PLACES).map(({ address }): [Hex, bigint] => [keyOf(address), 10_000n]))
  const keys = people.map(({ address }) => keyOf(address))
  const nonces = new Map<Signer, number>()
  const done = new Map<string, number>()
  // Most of what happens happens to few, so that it comes together.
  const few = () => people[random.oneIn(4) ? random.below(people.length) : PLACES - 4 + random.below(10)]!
  const someone = (): Address => few().address
  const amount = () => random.pick([1n, OPG, 10n ** 17n, random.bigBelow(3n * OPG)])
  const newKey = (): Hex => {
    keys.push(keyOf(`${keys.length}`))
    return keys.at(-1)!
  }
  const calls: Readonly<Record<string, () => readonly [args: readonly unknown[], value?: bigint]>> = {
    register: () => [[newKey(), 0], SELF_BOND + amount()],
    delegate: () => [[someone()], random.oneIn(3) ? 2n * SELF_BOND : amount()],
    undelegate: () => [[someone(), random.oneIn(3) ? SELF_BOND : amount()]],
    redelegate: () => [[someone(), someone(), amount()]],
    rotateConsensusKey: () => [[newKey()]],
    unjail: () => [[]],
    enter: () => [[someone()]],
    settleMoves: () => [[someone(), someone()]],
    withdraw: () => [[BigInt(random.below(3))]],
    claim: () => [[someone()]],
    claimCommission: () => [[]],
    payTreasury: () => [[]],
  }

  async function transaction(): Promise<{ raw: Uint8Array; name: string }> {
    const [from, name] = [few(), random.pick(Object.keys(calls))]
    const [args, value = 0n] = calls[name]!()
    const own = name.endsWith('delegate') && random.oneIn(2) ? [from.address, ...args.slice(1)] : args
    const nonce = nonces.get(from) ?? 0
    nonces.set(from, nonce + 1)
    return { raw: await stakingCall(from, nonce, name, own, value), name }
  }

  // They leave the set and come back with the same power, again and again.
  const restless = people.slice(60, 63)
  const out = new Set<Signer>()
  async function move(from: Signer): Promise<{ raw: Uint8Array; name: string }> {
    const name = out.delete(from) ? 'delegate' : 'undelegate'
    if (name === 'undelegate') out.add(from)
    const nonce = nonces.get(from) ?? 0
    nonces.set(from, nonce + 1)
    return name === 'delegate'
      ? { name, raw: await stakingCall(from, nonce, name, [from.address], 1n) }
      : { name, raw: await stakingCall(from, nonce, name, [from.address, 1n]) }
  }

  function report(): ConsensusReport {
    const votes: Vote[] = [...set].map(([key, power]) => ({ validator: idOf(key), power, signed: !random.oneIn(50) }))
    const [absent, guilty] = [idOf(random.pick(keys.slice(-20))), idOf(random.pick(keys.slice(PLACES - 4)))]
    // What takes more than an hour of absence, at once.
    if (random.oneIn(20)) votes.push(...Array.from({ length: 5_001 }, () => ({ validator: absent, power: 1n, signed: false })))
    const back = BigInt(random.below(4))
    const height = chain.ledger.head.height
    const misbehaviour = random.oneIn(15)
      ? [{ kind: 'doubleSign', validator: guilty, height: height > back ? height - back : 0n } as const]
      : []
    return { votes, misbehaviour: [...misbehaviour, ...misbehaviour] }
  }

  for (let at = 0; at < BLOCKS; at++) {
    const sent = await Promise.all([
      ...Array.from({ length: random.below(6) }, transaction),
      ...restless.filter(() => random.oneIn(3)).map(move),
    ])
    const seconds = random.pick([1n, 1n, 1n, 600n, 86_400n, 5n * 86_400n])
    const { receipts, validatorUpdates } = await chain.block({ raws: sent.map(({ raw }) => raw), report: report(), seconds })
    expect(receipts).toHaveLength(sent.length)
    for (const [i, { name }] of sent.entries()) if (receipts[i]!.status === 1) done.set(name, (done.get(name) ?? 0) + 1)
    apply(set, validatorUpdates)
    if (at % 20 !== 0 && at !== BLOCKS - 1) continue
    const told = await read<readonly { key: Hex; power: bigint }[]>('validatorSet')
    expect(told.length).toBeLessThanOrEqual(PLACES)
    expect(new Map(told.map(({ key, power }) => [key, power]))).toEqual(set)
    for (const { key } of told) {
      const owner = await read<Address>('keyOwner', idOf(key))
      expect(await read('validatorOf', owner)).toMatchObject({ jailed: false, key })
      expect((await read<readonly [bigint, bigint]>('stakeOf', owner, owner))[1]).toBeGreaterThanOrEqual(SELF_BOND)
    }
    expect(await supplyOf(store)).toBe(SUPPLY)
    const parts = await Promise.all(['totalBonded', 'totalUnbonding', 'totalRewards', 'totalSlashed'].map((name) => read<bigint>(name)))
    expect(await chain.balance(ADDRESSES.staking)).toBe(parts.reduce((a, b) => a + b))
  }
  console.log([...done].map(([name, count]) => `${name} ${count}`).join(' · '))
  for (const name of ['register', 'delegate', 'undelegate', 'rotateConsensusKey']) expect(done.get(name), name).toBeGreaterThan(0)
})
