import { cometValidatorsHash, finalitySchema, type LightBlock, type OgError, type Trust, verifyTrail } from '@opengradient/protocol'
import { describe, expect, test } from 'vitest'
import { inOrder, lightBlock, type Signer, signer } from '../../../protocol/src/testkit/comet.testkit.ts'
import { type LightBlockSource, remembered } from './source.ts'
import { cometCommit, trailTo } from './trail.ts'

const GENESIS = 1_790_000_000
const NOW = GENESIS + 100_000
const PERIOD = 1_000_000
const setHash = (signers: readonly Signer[]) => cometValidatorsHash(inOrder(signers).map(({ validator }) => validator))

/** Every `pace` heights the oldest of four validators makes place for a new one. */
function network(pace: number): LightBlockSource & { asked: number[]; block(height: number): LightBlock; trust: Trust } {
  const asked: number[] = []
  const set = (height: number) => [0, 1, 2, 3].map((i) => signer(`v${Math.floor((height - 1) / pace) + i}`, 10))
  const block = (height: number): LightBlock =>
    lightBlock({
      chainId: 'og-77',
      height,
      time: BigInt(GENESIS + height) * 1_000_000_000n,
      signers: set(height),
      next: set(height + 1),
    })
  const anchors = [{ height: 1, validatorsHash: setHash(set(1)), time: GENESIS, trustingPeriod: PERIOD }]
  return {
    asked,
    block,
    trust: { chainId: 77, genesisHash: setHash(set(1)), anchors },
    lightBlock: async (height) => {
      asked.push(height)
      return block(height)
    },
  }
}

const refusal = (code: string) => expect.objectContaining({ name: 'OgError', code }) as OgError

describe('the trail to a light block', () => {
  test('is empty while the validators are those of the trust, and nothing is asked', async () => {
    const net = network(1_000)
    expect(await trailTo(net, net.trust, net.block(900), NOW)).toEqual([])
    expect(net.asked).toEqual([])
  })

  test.each([1, 2, 3, 10])('is one that verifies, where a validator leaves every %i heights', async (pace) => {
    const net = network(pace)
    for (const height of [2, 5, 9, 14]) {
      const target = net.block(height)
      const trail = await trailTo(net, net.trust, target, NOW)
      expect(verifyTrail(net.trust, [...trail, target], BigInt(NOW) * 1_000_000_000n)).toBe(net.trust.anchors[0])
      expect(trail.length).toBeLessThanOrEqual(Math.ceil(height / pace) + 1)
      expect(finalitySchema.safeParse({ kind: 'cometbft', block: target, trail }).success).toBe(true)
    }
  })

  test('jumps as far as the trusted validators still sign', async () => {
    const net = network(10)
    const trail = await trailTo(net, net.trust, net.block(21), NOW)
    expect(trail.map(({ header }) => header.height)).toEqual([1])
  })

  test('is refused where it would be longer than a bundle holds', async () => {
    const net = network(1)
    await expect(trailTo(net, net.trust, net.block(200), NOW)).rejects.toEqual(refusal('TRAIL_TOO_LONG'))
  })

  test('sets out from the newest anchor that still holds', async () => {
    const net = network(1)
    const newer = { height: 190, validatorsHash: net.block(190).header.validatorsHash, time: GENESIS + 190, trustingPeriod: PERIOD }
    const trust = { ...net.trust, anchors: [...net.trust.anchors, newer, { ...newer, height: 195, trustingPeriod: 1 }] }
    const trail = await trailTo(net, trust, net.block(200), NOW)
    expect(trail[0]?.header.height).toBe(190)
  })

  test('cannot be found from an expired trust, a later one, or none', async () => {
    const net = network(1)
    const [anchor] = net.trust.anchors
    await expect(trailTo(net, net.trust, net.block(9), GENESIS + PERIOD)).rejects.toEqual(refusal('TRUST_EXPIRED'))
    await expect(trailTo(net, { ...net.trust, anchors: [{ ...anchor!, height: 10 }] }, net.block(9), NOW)).rejects.toEqual(
      refusal('VALIDATORS_UNTRUSTED'),
    )
    await expect(trailTo(net, { ...net.trust, anchors: [] }, net.block(9), NOW)).rejects.toEqual(refusal('VALIDATORS_UNTRUSTED'))
  })

  test('is not followed through a block that the source made up', async () => {
    const net = network(3)
    const other = network(2)
    const liar = (lie: (height: number) => boolean): LightBlockSource => ({
      lightBlock: async (height) =>
        lie(height) ? lightBlock({ ...plan, height, time: BigInt(GENESIS + height) * 1_000_000_000n }) : net.block(height),
    })
    const plan = { chainId: 'og-77', signers: [signer('liar', 100)] }
    const target = net.block(20)
    await expect(
      trailTo(
        liar((height) => height === 1),
        net.trust,
        target,
        NOW,
      ),
    ).rejects.toEqual(refusal('VALIDATORS_UNTRUSTED'))
    await expect(
      trailTo(
        liar((height) => height > 1),
        net.trust,
        target,
        NOW,
      ),
    ).rejects.toEqual(refusal('VALIDATORS_MISMATCH'))
    await expect(trailTo(net, net.trust, other.block(20), NOW)).rejects.toBeDefined()
  })

  test('comes with the light block of the next height, for the commit of a block', async () => {
    const net = network(3)
    const commit = await cometCommit(net, net.trust, { number: 20 }, NOW)
    expect(commit.block).toEqual(net.block(21))
    expect(commit.trail.length).toBeGreaterThan(0)
  })
})

describe('a remembered source', () => {
  test('is asked once for each height, again after a failure, and forgets the oldest', async () => {
    const net = network(5)
    let fail = true
    const source = remembered({ lightBlock: (height) => (fail ? Promise.reject(new Error('no')) : net.lightBlock(height)) }, 2)
    await expect(source.lightBlock(1)).rejects.toThrow('no')
    fail = false
    for (const height of [1, 1, 2, 1, 3, 1, 2]) await source.lightBlock(height)
    expect(net.asked).toEqual([1, 2, 3, 2])
  })
})
