import { ADDRESSES } from '@opengradient/contracts'
import { collateralSlots, decodeCollateral } from '@opengradient/contracts/slots'
import { encodeCollateral, type Hex, type VendorCollateral, ZERO_HASH } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { asking, createAttestedScene, HARDWARE, SEED } from '../attestationScene.ts'
import { attempt, errorText, eventsNamed, read, write } from '../calls.ts'
import { file, IN_DATE, keeping, list, posting, postingKept } from '../collateralScene.ts'
import type { Scene } from '../scenario.ts'
import { createRandom, drawSeed, type Random } from './random.ts'

const CALLS = 250

/** What can be posted, by the place in which it is kept. */
const KINDS = ['platforms', 'authorities', 'levels', 'enclaves'] as const
interface Draft {
  readonly place: string
  readonly numbered: boolean
  readonly number: number
  readonly thisUpdate: number
  readonly genuine: boolean
  readonly collateral: VendorCollateral
}

function draft(random: Random, now: number): Draft {
  const kind = random.pick(KINDS)
  const seed = random.pick([SEED, SEED, HARDWARE])
  const number = 1 + random.below(6)
  const thisUpdate = now + 2 - random.below(12) - (random.oneIn(12) ? IN_DATE : 0)
  const numbered = kind === 'platforms' || kind === 'authorities'
  const made = numbered
    ? list(number, thisUpdate, { by: kind === 'platforms' ? 'ca' : 'root', seed })
    : file(kind === 'levels' ? 'tcbInfo' : 'qeIdentity', number, thisUpdate, { seed })
  const genuine = !random.oneIn(8)
  const at = made.body.length - 1 - random.below(20)
  const forged = { ...made, body: made.body.map((byte, i) => (i === at ? byte ^ (1 + random.below(255)) : byte)) }
  return { place: `${kind} of ${seed}`, numbered, number, thisUpdate, genuine, collateral: genuine ? made : forged }
}

const post = (scene: Scene, collateral: VendorCollateral) => attempt(scene.world, posting(collateral, scene.payer.address))

/** The same, cut anywhere. */
async function postInPieces(scene: Scene, collateral: VendorCollateral, random: Random) {
  const bytes = encodeCollateral(collateral)
  const cut = random.below(bytes.length)
  const pieces = [bytes.slice(0, cut), bytes.slice(cut)]
  for (const piece of pieces) await write(scene.world, keeping(piece, scene.stranger.address))
  return attempt(scene.world, postingKept(pieces, scene.payer.address))
}

test(`${CALLS} random posts leave the newest of each place, and nothing ever goes back`, { timeout: 600_000 }, async () => {
  const seed = drawSeed()
  const random = createRandom(seed)
  const scene = await createAttestedScene()
  const newest = new Map<string, { number: number; thisUpdate: number; key: Hex }>()
  let taken = 0
  for (let i = 0; i < CALLS; i++) {
    if (random.oneIn(3)) scene.world.advance(1 + random.below(4))
    const now = Number(scene.world.now())
    const one = draft(random, now)
    const before = newest.get(one.place)
    const outcome = await (random.oneIn(3) ? postInPieces(scene, one.collateral, random) : post(scene, one.collateral))
    const inDate = one.thisUpdate <= now && now <= one.thisUpdate + IN_DATE
    const newer =
      before === undefined ||
      (one.thisUpdate > before.thisUpdate && (one.numbered ? one.number > before.number : one.number >= before.number))
    const what = `seed ${seed}, post ${i}: ${one.place}, number ${one.number}, ${one.genuine ? 'genuine' : 'forged'}`
    expect(outcome.ok, what).toBe(one.genuine && inDate && newer)
    if (!outcome.ok) {
      expect(errorText(outcome.data), what).toMatch(one.genuine && inDate ? /^NotNewer/ : /^CollateralRefused/)
      continue
    }
    taken++
    const [event] = eventsNamed(outcome, 'CollateralPosted')
    if (before) expect(event!.key, what).toBe(before.key)
    newest.set(one.place, { number: one.number, thisUpdate: one.thisUpdate, key: event!.key as Hex })
    for (const [place, { number, thisUpdate, key }] of newest) {
      const words = await Promise.all(collateralSlots(key).map((slot) => scene.world.storage(ADDRESSES.attestations, slot)))
      expect(decodeCollateral(words), `${what}; ${place}`).toMatchObject({ number: BigInt(number), thisUpdate: BigInt(thisUpdate) })
    }
  }
  expect(taken, `seed ${seed}`).toBeGreaterThan(KINDS.length)
  expect(new Set([...newest.values()].map(({ key }) => key)).size).toBe(newest.size)
  expect((await read(scene.world, { ...asking, name: 'collateral', args: [ZERO_HASH] })).thisUpdate).toBe(0n)
})
