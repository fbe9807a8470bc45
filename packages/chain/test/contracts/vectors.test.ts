import { readdirSync, readFileSync } from 'node:fs'
import { ADDRESSES, nodesAbi, settlementAbi } from '@opengradient/contracts'
import { type Address, devAccount, type Hex, parseReceipt } from '@opengradient/protocol'
import { describe, expect, test } from 'vitest'
import { attempt, refusal, write } from './calls.ts'
import { createWorld, type World } from './harness.ts'
import { BOND, registering } from './scenario.ts'

// The pairs of receipts of `vectors/slash`, whose outcome the verifier's `isEquivocation` gives too: the contract agrees on each.

interface Vector {
  readonly name: string
  readonly domain: { readonly chainId: number }
  readonly a: { readonly receipt: { readonly node: Address }; readonly signature: Hex }
  readonly b: Vector['a']
  readonly keys: readonly { readonly node: Address; readonly key: Address; readonly from: number; readonly until: number }[]
  readonly now: number
  readonly equivocation: boolean
}

const FOLDER = new URL('../../../../vectors/slash/', import.meta.url)
const vectors = readdirSync(FOLDER)
  .sort()
  .map((name): [string, Vector] => [name, JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))])

/** A world in which the nodes registered and rotated their keys at the times of the vector, and it is `now`. */
async function worldOf({ domain, keys, now }: Vector): Promise<World> {
  const start = Math.min(now, ...keys.map(({ from }) => from)) - 1
  const nodes = [...new Set(keys.map(({ node }) => node))]
  const world = await createWorld({
    chainId: BigInt(domain.chainId),
    time: BigInt(start),
    faucets: nodes.map((address) => ({ address, amount: 2n * BOND })),
  })
  const until = (time: number): void => world.advance(BigInt(time) - world.now())
  const rotate = (node: Address, key: Address) =>
    write(world, { abi: nodesAbi, to: ADDRESSES.nodes, name: 'rotateKey', args: [key], from: node })
  const registered = new Set<Address>()
  const starts = keys.map(({ node, key, from }) => ({ node, key, at: from }))
  // A key ends when another takes its place; where the vector names none, one that signs nothing.
  const ends = keys
    .filter(({ node, until }) => until !== 0 && !keys.some((next) => next.node === node && next.from === until))
    .map(({ node, until }, i) => ({ node, key: devAccount(domain.chainId, 500 + i).address, at: until }))
  for (const { node, key, at } of [...starts, ...ends].sort((one, other) => one.at - other.at)) {
    until(at)
    if (registered.has(node)) await rotate(node, key)
    else await write(world, registering(node, key))
    registered.add(node)
  }
  until(now)
  return world
}

function proving({ a, b }: Vector) {
  const args = [parseReceipt(a.receipt), a.signature, parseReceipt(b.receipt), b.signature] as const
  return { abi: settlementAbi, to: ADDRESSES.settlement, name: 'equivocation', args } as const
}

describe('Settlement.equivocation', () => {
  test.each(vectors.filter(([, { equivocation }]) => equivocation))('takes the bond for %s', async (_, vector) => {
    const world = await worldOf(vector)
    expect((await attempt(world, proving(vector))).ok).toBe(true)
    expect(await world.balance(ADDRESSES.nodes)).toBe(0n)
  })

  test.each(vectors.filter(([, { equivocation }]) => !equivocation))('takes nothing for %s', async (_, vector) => {
    const world = await worldOf(vector)
    const bonds = await world.balance(ADDRESSES.nodes)
    expect(await refusal(world, proving(vector))).toMatch(/^(NotEquivocation|WrongKey|BadSignature)\(\)$/)
    expect(await world.balance(ADDRESSES.nodes)).toBe(bonds)
  })
})
