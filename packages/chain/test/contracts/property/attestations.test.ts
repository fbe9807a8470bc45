import { ADDRESSES } from '@opengradient/contracts'
import { type Address, type DevAccount, devAccount, type Hex } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { asking, createAttestedScene, HARDWARE, OPEN_POLICY, policyHex, SEED, show, showing } from '../attestationScene.ts'
import { attempt, read, refusal, write } from '../calls.ts'
import { HOUR, hashOf, registering, type Scene } from '../scenario.ts'
import { createRandom, drawSeed, type Random } from './random.ts'

const CALLS = 160
/** Keysets that a game needs to tell anything. */
const ENOUGH = 4

/** A keyset as the reference model follows it. */
interface Held {
  readonly node: Address
  readonly digest: Hex
  readonly signer: Address
  readonly level: number
  readonly from: bigint
  readonly notBefore: bigint
  /** Its own end, or its node's word before that. */
  until: bigint
  readonly marks: readonly Hex[]
  /** Of its policy. */
  endedAt: bigint | undefined
  /** Once true, always true. */
  dead: boolean
}

interface Game {
  readonly scene: Scene
  readonly random: Random
  readonly nodes: readonly DevAccount[]
  readonly held: Held[]
  readonly revoked: Set<Hex>
  readonly leftAt: Map<Address, bigint>
  keys: number
}

const from = ADDRESSES.timelock
const machines = ['one', 'two', 'three']

async function register(game: Game): Promise<void> {
  const { scene, random } = game
  const { world } = scene
  const node = random.pick(game.nodes)
  const seed = random.pick([SEED, HARDWARE])
  const signer = devAccount(world.chainId, 100 + game.keys++).address
  const options = { node: node.address, seed, signer, machine: random.pick(machines), platform: random.pick(['nitro', 'snp'] as const) }
  const shown = await show(scene, { ...options, notAfter: BigInt(60 + random.below(3 * 3600)) })
  const left = game.leftAt.get(node.address) === world.now()
  const outcome = await attempt(world, showing(shown))
  const { level, marks, until } = await described(game, node.address, shown.digest, outcome.ok)
  if (!outcome.ok) {
    const problem = await refusal(world, showing(shown))
    expect(problem).toBe(left ? 'JustLeft()' : 'AlreadyRevoked()')
    return
  }
  expect(left).toBe(false)
  expect(marks.some((mark) => game.revoked.has(mark))).toBe(false)
  expect(level).toBe(seed === HARDWARE ? 1 : 129)
  expect(until <= shown.keyset.notAfter).toBe(true)
  const { notBefore } = shown.keyset
  const one = { node: node.address, digest: shown.digest, signer, level, from: world.now(), notBefore, until, marks }
  game.held.push({ ...one, endedAt: undefined, dead: false })
}

async function described({ scene: { world } }: Game, node: Address, digest: Hex, there: boolean) {
  if (!there) return { level: 0, marks: [] as readonly Hex[], until: 0n }
  const { level, until } = await read(world, { ...asking, name: 'keyset', args: [node, digest] })
  return { level, until, marks: await read(world, { ...asking, name: 'marksOf', args: [node, digest] }) }
}

async function revoke(game: Game): Promise<void> {
  const { scene, random, held } = game
  // Seldom what everything rests on, and nothing of the first keysets before there are others, or the game is over soon.
  const any = held.length >= ENOUGH ? random.pick(held).marks : []
  const mark = any.length > 0 && random.oneIn(3) ? random.pick(any.slice(0, 3)) : hashOf(`nothing ${random.below(1_000)}`)
  const name = random.pick(['revokeMeasurement', 'revokePlatform'] as const)
  await write(scene.world, { ...asking, name, args: [mark], from })
  game.revoked.add(mark)
}

async function replacePolicy({ scene: { world }, held }: Game): Promise<void> {
  await write(world, { ...asking, name: 'setPolicy', args: [policyHex(OPEN_POLICY)], from })
  for (const one of held) one.endedAt ??= world.now()
}

async function end(game: Game): Promise<void> {
  const { world } = game.scene
  const { address } = game.random.pick(game.nodes)
  const [current] = await read(world, { ...asking, name: 'current', args: [address] })
  if (BigInt(current) === 0n) return
  await write(world, { ...asking, name: 'endKeysets', args: [], from: address })
  game.leftAt.set(address, world.now())
  for (const one of game.held) if (one.node === address && world.now() < one.until) one.until = world.now()
}

/** Everything that anybody can ask agrees with the model, and nothing that ended begins again. */
async function check({ scene: { world }, held, revoked }: Game): Promise<void> {
  const now = world.now()
  for (const one of held) {
    const { node, digest, signer, level, notBefore } = one
    const gone = one.marks.some((mark) => revoked.has(mark))
    const until = one.endedAt !== undefined && one.endedAt < one.until ? one.endedAt : one.until
    expect(await read(world, { ...asking, name: 'liveUntil', args: [node, digest] })).toBe(gone ? 0n : until)
    const interval = await read(world, { ...asking, name: 'signing', args: [node, digest, signer, level] })
    expect(interval).toEqual(gone ? [0n, 0n] : [notBefore, until])
    const other = await read(world, { ...asking, name: 'signing', args: [node, digest, signer, level === 1 ? 129 : 1] })
    expect(other).toEqual([0n, 0n])
    expect(await read(world, { ...asking, name: 'signerInterval', args: [node, signer] })).toEqual([digest, one.from, one.until])
    const dead = gone || now >= until
    expect(one.dead && !dead).toBe(false)
    one.dead = dead
  }
}

async function checkNodes({ scene: { world }, held, nodes, leftAt }: Game): Promise<void> {
  for (const { address } of nodes) {
    const last = held.findLast(({ node }) => node === address)
    const current = last && !((leftAt.get(address) ?? -1n) >= last.from) ? last : undefined
    const level = current && !current.dead ? current.level : 0
    expect(await read(world, { ...asking, name: 'attestedLevel', args: [address] })).toBe(level)
    expect(await read(world, { ...asking, name: 'isAttested', args: [address] })).toBe(level === 1)
  }
}

test(`${CALLS} random calls: what was revoked, replaced or ended never counts again, and nothing else ends`, {
  timeout: 600_000,
}, async () => {
  const seed = drawSeed()
  console.log(`OG_SEED=${seed}`)
  const random = createRandom(seed)
  const scene = await createAttestedScene()
  const { node, stranger, payer, author, parentAuthor } = scene
  const nodes = [node, stranger, payer]
  await write(scene.world, registering(stranger.address, author.address))
  await write(scene.world, registering(payer.address, parentAuthor.address))
  const game: Game = { scene, random, nodes, held: [], revoked: new Set(), leftAt: new Map(), keys: 0 }
  for (let i = 0; i < CALLS; i++) {
    const choice = random.below(20)
    if (choice < 8) await register(game)
    else if (choice < 11) await revoke(game)
    else if (choice < 12) await replacePolicy(game)
    else if (choice < 14) await end(game)
    else scene.world.advance(1 + random.below(Number(HOUR) / 4))
    if (i % 4 === 0) {
      await check(game)
      await checkNodes(game)
    }
  }
  expect(game.held.length).toBeGreaterThanOrEqual(ENOUGH)
})
