import { crlKey, qeIdentityKey, tcbInfoKey } from '@opengradient/attestation'
import { ecKey } from '@opengradient/attestation-dev/make'
import {
  type Address,
  bytesToHex,
  encodeCollateral,
  type Hex,
  hexToBytes,
  MAX_COLLATERAL,
  MAX_KEPT,
  TEE_CODES,
  type VendorCollateral,
} from '@opengradient/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { BLOCK_GAS_LIMIT } from '../../src/executor/rules.ts'
import { asking, createAttestedScene, HARDWARE, OPEN_POLICY, SEED, type Shown, show, showing } from './attestationScene.ts'
import { encode, eventsNamed, read, refusal, write } from './calls.ts'
import { amdList, file, IN_DATE, intelOf, keeping, list, piecesOf, posting, postingKept } from './collateralScene.ts'
import type { Outcome } from './harness.ts'
import { HOUR, type Scene } from './scenario.ts'

let scene: Scene
let now: number
beforeEach(async () => {
  scene = await createAttestedScene()
  now = Number(scene.world.now())
})

const post = (collateral: VendorCollateral | Hex) => write(scene.world, posting(collateral, scene.payer.address))
const refusedPost = (collateral: VendorCollateral | Hex) => refusal(scene.world, posting(collateral, scene.payer.address))
const code = (name: keyof typeof TEE_CODES) => `CollateralRefused(${TEE_CODES[name]})`
async function keyOf(collateral: VendorCollateral): Promise<Hex> {
  const [event] = eventsNamed(await scene.world.undoing(() => post(collateral)), 'CollateralPosted')
  return event!.key as Hex
}
const kept = (key: Hex) => read(scene.world, { ...asking, name: 'collateral', args: [key] })
/** Execution, base cost and calldata (EIP-2028), or the floor of EIP-7623. */
function transactionGas(call: Parameters<typeof encode>[0], { gas }: Outcome): bigint {
  const tokens = hexToBytes(encode(call)).reduce((sum, byte) => sum + (byte === 0 ? 1n : 4n), 0n)
  const [whole, floor] = [4n * tokens + gas, 10n * tokens]
  return 21_000n + (whole > floor ? whole : floor)
}
const level = () => read(scene.world, { ...asking, name: 'attestedLevel', args: [scene.node.address] })

describe('what a vendor published', () => {
  test('is kept by kind, issuer and level, as it was posted, by anybody', async () => {
    const all: [bigint, VendorCollateral][] = [
      [5n, list(5, now)],
      [7n, list(7, now, { by: 'root' })],
      [17n, file('tcbInfo', 17, now)],
      [16n, file('qeIdentity', 16, now)],
    ]
    for (const [number, collateral] of all) {
      const [event] = eventsNamed(await post(collateral), 'CollateralPosted')
      const key = event!.key as Hex
      expect(event).toMatchObject({ number, thisUpdate: BigInt(now), nextUpdate: BigInt(now + IN_DATE) })
      const { data: _, inPieces, ...record } = await kept(key)
      expect(inPieces).toBe(false)
      const { key: __, ...said } = event!
      expect(record).toEqual(said)
      const bytes = await read(scene.world, { ...asking, name: 'collateralData', args: [key] })
      expect(bytes).toBe(bytesToHex(encodeCollateral(collateral)))
    }
    scene.world.advance(10)
    expect(await keyOf(file('tcbInfo', 18, now + 1))).toBe(tcbInfoKey('development', 'TDX', '0xb0c06f000000'))
    expect(await keyOf(file('qeIdentity', 18, now + 1))).toBe(qeIdentityKey('development', 'TD_QE'))
    expect(await keyOf(file('tcbInfo', 1, now, { seed: HARDWARE }))).toBe(tcbInfoKey('hardware', 'TDX', '0xb0c06f000000'))
  })

  test('under a development root never takes the place of the vendor’s', async () => {
    await post(list(1, now, { seed: HARDWARE }))
    await post(list(9, now))
    scene.world.advance(10)
    const [real, development] = [await keyOf(list(2, now + 1, { seed: HARDWARE })), await keyOf(list(10, now + 1))]
    expect((await kept(real)).number).toBe(1n)
    expect((await kept(development)).number).toBe(9n)
    const issuer = '0x00'.padEnd(66, '0') as Hex
    expect(crlKey('hardware', issuer)).not.toBe(crlKey('development', issuer))
  })

  test('that is not newer is refused', async () => {
    await post(list(5, now - 100))
    for (const old of [list(5, now - 100), list(5, now), list(4, now), list(6, now - 100), list(6, now - 101)])
      expect(await refusedPost(old)).toBe('NotNewer()')
    await post(list(6, now - 99))
    await post(file('tcbInfo', 17, now - 100))
    for (const old of [file('tcbInfo', 16, now), file('tcbInfo', 17, now - 100), file('tcbInfo', 18, now - 100)])
      expect(await refusedPost(old)).toBe('NotNewer()')
    // Intel writes the same evaluation anew every month.
    await post(file('tcbInfo', 17, now - 99))
    await post(file('tcbInfo', 18, now))
  })

  test('without a number gives way to a later one, or to one with a number, and takes the place of none that has one', async () => {
    await post(list(0, now - 100))
    for (const old of [list(0, now - 100), list(0, now - 101), list(9, now - 100)]) expect(await refusedPost(old)).toBe('NotNewer()')
    await post(list(0, now - 99))
    await post(list(1, now - 98))
    expect(await refusedPost(list(0, now))).toBe('NotNewer()')
  })

  test('that is out of date, or of the future, is refused', async () => {
    expect(await refusedPost(list(5, now - IN_DATE - 1))).toBe(code('CRL_STALE'))
    expect(await refusedPost(list(5, now + 1))).toBe(code('CRL_STALE'))
    expect(await refusedPost(file('tcbInfo', 17, now - IN_DATE - 1))).toBe(code('COLLATERAL_STALE'))
    expect(await refusedPost(file('qeIdentity', 17, now + 1))).toBe(code('COLLATERAL_STALE'))
    await post(list(5, now - IN_DATE))
  })

  test('that is forged is refused', async () => {
    const { keys, certificates } = intelOf(SEED)
    const genuine = list(5, now)
    const flipped = genuine.body.map((byte, i) => (i === genuine.body.length - 10 ? byte ^ 1 : byte))
    expect(await refusedPost({ ...genuine, body: flipped })).toBe(code('CRL_INVALID'))
    // The right authority’s list under another authority’s name, and the other way round.
    expect(await refusedPost({ ...genuine, certificates: [certificates.root] })).toBe(code('CRL_INVALID'))
    expect(await refusedPost({ ...list(5, now, { by: 'root' }), certificates: genuine.certificates })).toBe(code('CRL_INVALID'))
    expect(await refusedPost({ ...genuine, certificates: [certificates.tcbSigner(), certificates.root] })).toBe(code('CHAIN_INVALID'))
    expect(await refusedPost({ ...genuine, certificates: [] })).toBe(code('CHAIN_INVALID'))
    expect(await refusedPost(list(5, now, { seed: 'somebody else' }))).toBe(code('UNTRUSTED_ROOT'))
    const info = file('tcbInfo', 17, now)
    expect(await refusedPost({ ...info, signature: new Uint8Array(64).fill(1) })).toBe(code('COLLATERAL_INVALID'))
    expect(await refusedPost({ ...info, kind: 'qeIdentity' })).toBe(code('COLLATERAL_INVALID'))
    // A machine’s own key, which the same root certifies, must not rate itself.
    const platform = ecKey('P-256', 'a platform')
    const pck = intelOf(SEED).certificates.pck({ key: platform, by: keys.ca })
    const own = { by: platform, certificates: [pck, certificates.ca, certificates.root] }
    expect(await refusedPost(file('tcbInfo', 17, now, own))).toBe(code('COLLATERAL_INVALID'))
  })

  test('in another encoding, of no kind, or too long to be kept, is refused', async () => {
    const good = bytesToHex(encodeCollateral(list(5, now)))
    for (const bad of ['0x', '0x00', `${good}00`, good.replace('0x00', '0x01'), `0x${'00'.repeat(100_000)}`] as Hex[])
      expect(await refusedPost(bad)).toBe(code('INPUT_MALFORMED'))
    expect(await refusedPost(list(5, now, { revoked: serialsUpTo(1_200) }))).toBe('DataTooLong()')
    expect(() => encodeCollateral(list(5, now, { revoked: serialsUpTo(13_000) }))).toThrow('more than 262144')
  })
})

/** So many serials. */
const serialsUpTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 100)

describe('a list that is longer than one account holds', () => {
  const keepAll = async (pieces: readonly Uint8Array[]) => {
    for (const piece of pieces) await write(scene.world, keeping(piece, scene.stranger.address))
  }
  const from = () => scene.payer.address
  const longList = (number: number, thisUpdate: number, more: readonly number[] = []) =>
    encodeCollateral(list(number, thisUpdate, { revoked: [...serialsUpTo(2_500), ...more] }))
  const shownAt = (key: Hex) => read(scene.world, { ...asking, name: 'collateralData', args: [key] })

  test('is kept in pieces, by anybody, and read as a whole', async () => {
    const bytes = longList(5, now)
    const pieces = piecesOf(bytes)
    expect(pieces.length).toBe(3)
    await keepAll(pieces)
    const [event] = eventsNamed(await write(scene.world, postingKept(pieces, from())), 'CollateralPosted')
    const key = event!.key as Hex
    expect(event).toMatchObject({ kind: 1, number: 5n, thisUpdate: BigInt(now) })
    expect(await kept(key)).toMatchObject({ inPieces: true, number: 5n })
    expect(await shownAt(key)).toBe(bytesToHex(bytes))
    // The same place as that of a short one.
    scene.world.advance(10)
    expect(await keyOf(list(6, now + 1))).toBe(key)
  })

  test('takes the place of the one before all at once: until then that one counts', async () => {
    const key = eventsNamed(await post(list(5, now)), 'CollateralPosted')[0]!.key as Hex
    const before = await shownAt(key)
    scene.world.advance(10)
    const pieces = piecesOf(longList(6, now + 1))
    const others = piecesOf(longList(7, now + 2))
    await keepAll(pieces.slice(0, -1))
    const missing = await refusal(scene.world, postingKept(pieces, from()))
    expect(missing).toMatch(/^NotKept\(0x/)
    await keepAll([...pieces.slice(-1), ...others])
    const wrong = [pieces.slice(0, -1), pieces.slice(1), pieces.toReversed(), [...pieces, pieces[0]!], []]
    for (const some of wrong) expect(await refusal(scene.world, postingKept(some, from()))).toBe(code('INPUT_MALFORMED'))
    // Half of one and half of another.
    expect(await refusal(scene.world, postingKept([pieces[0]!, ...others.slice(1)], from()))).toMatch(/^CollateralRefused/)
    expect([await shownAt(key), (await kept(key)).number]).toEqual([before, 5n])
    await write(scene.world, postingKept(pieces, from()))
    expect(await shownAt(key)).toBe(bytesToHex(longList(6, now + 1)))
    for (const old of [pieces, piecesOf(longList(5, now + 3))]) {
      await keepAll(old)
      expect(await refusal(scene.world, postingKept(old, from()))).toBe('NotNewer()')
    }
    // And a short one after a long one.
    await post(list(8, now + 4))
    expect(await kept(key)).toMatchObject({ inPieces: false, number: 8n })
    expect(await shownAt(key)).toBe(bytesToHex(encodeCollateral(list(8, now + 4))))
  })

  test('is made of what was kept here, and of no other account', async () => {
    const pieces = piecesOf(longList(5, now))
    const elsewhere: Address = '0x00000000000000000000000000000000000000c0'
    for (const piece of pieces) await scene.world.setCode(elsewhere, bytesToHex(Uint8Array.of(0, ...piece)))
    expect(await refusal(scene.world, postingKept(pieces, from()))).toMatch(/^NotKept\(0x/)
    const padded = `0x${elsewhere.slice(2).padStart(64, '0')}` as Hex
    expect(await refusal(scene.world, { ...postingKept(pieces, from()), args: [[padded]] })).toBe(`NotKept(${padded})`)
  })

  test('has no more pieces than fit into 256 KiB, none of which is longer than an account', async () => {
    expect(await refusal(scene.world, keeping(new Uint8Array(MAX_KEPT + 1), from()))).toBe('DataTooLong()')
    const twelve = Array.from({ length: 12 }, () => Uint8Array.of(1))
    expect(await refusal(scene.world, postingKept(twelve, from()))).toBe('DataTooLong()')
    expect(11 * MAX_KEPT).toBeGreaterThan(MAX_COLLATERAL)
    const piece = new Uint8Array(MAX_KEPT)
    await keepAll([piece])
    expect(await refusal(scene.world, postingKept(Array(11).fill(piece), from()))).toBe(code('INPUT_MALFORMED'))
  })

  test('counts for evidence, which may take it from here, and its last serial can be revoked', async () => {
    const { world } = scene
    // The platform of the tests has serial 13.
    const pieces = piecesOf(longList(1, now))
    await keepAll(pieces)
    const [event] = eventsNamed(await write(world, postingKept(pieces, from())), 'CollateralPosted')
    const key = event!.key as Hex
    const old = await show(scene, { madeAt: now - 100 * Number(HOUR) })
    expect(await refusal(world, showing(old))).toMatch(/^NewerPosted\(0x/)
    const bare = await show(scene, { change: ({ endorsements, ...rest }) => ({ ...rest, endorsements: { ...endorsements, crls: [] } }) })
    await world.undoing(() => write(world, showing(bare, [key])))
    world.advance(10)
    const naming = piecesOf(longList(2, now + 1, [13]))
    await write(world, showing(bare, [key]))
    expect(await level()).toBe(129)
    await keepAll(naming)
    await write(world, postingKept(naming, from()))
    await write(world, { ...asking, name: 'revokeListed', args: [key, [13n]], from: from() })
    expect(await level()).toBe(0)
  })

  test('of 256 KiB takes less gas than a block has, and so does evidence that takes it from here', async () => {
    const bytes = encodeCollateral(list(5, now, { revoked: serialsUpTo(12_400) }))
    expect(bytes.length).toBeGreaterThan(250_000)
    const pieces = piecesOf(bytes)
    const gas = async (call: Parameters<typeof transactionGas>[0]) => transactionGas(call, await write(scene.world, call as never))
    const ofPieces: bigint[] = []
    for (const piece of pieces) ofPieces.push(await gas(keeping(piece, from())))
    const posting = postingKept(pieces, from())
    const [event] = eventsNamed(await scene.world.undoing(() => write(scene.world, posting)), 'CollateralPosted')
    const posted = await gas(posting)
    const key = event!.key as Hex
    const bare = await show(scene, { change: ({ endorsements, ...rest }) => ({ ...rest, endorsements: { ...endorsements, crls: [] } }) })
    const registered = await gas(showing(bare, [key]))
    const revoked = await gas({ ...asking, name: 'revokeListed', args: [key, [100n]], from: from() })
    console.log(
      `${bytes.length} bytes: ${pieces.length} pieces of ${ofPieces[0]}, posted ${posted}, registered ${registered}, revoked ${revoked}`,
    )
    for (const one of [...ofPieces, posted, registered, revoked]) expect(one).toBeLessThan(BLOCK_GAS_LIMIT)
  })
})

describe('AMD’s two lists', () => {
  test('have places of their own, each with its own numbers', async () => {
    const [ofChips, ofClouds] = [amdList('crl', 1_000, now), amdList('vlekCrl', 5, now)]
    const keys: Hex[] = []
    for (const one of [ofChips, ofClouds]) keys.push(eventsNamed(await post(one), 'CollateralPosted')[0]!.key as Hex)
    const [chips, clouds] = keys as [Hex, Hex]
    expect(chips).not.toBe(clouds)
    expect([(await kept(chips)).kind, (await kept(clouds)).kind]).toEqual([1, 4])
    scene.world.advance(10)
    for (const old of [amdList('vlekCrl', 5, now + 1), amdList('vlekCrl', 6, now)]) expect(await refusedPost(old)).toBe('NotNewer()')
    expect(await keyOf(amdList('vlekCrl', 6, now + 1))).toBe(clouds)
    expect(await keyOf(amdList('crl', 1_001, now + 1))).toBe(chips)
  })

  test('are AMD’s alone', async () => {
    // Development roots are every vendor's.
    for (const by of ['ca', 'root'] as const)
      expect(await refusedPost({ ...list(5, now, { by, seed: HARDWARE }), kind: 'vlekCrl' })).toBe(code('CRL_INVALID'))
  })
})

describe('evidence', () => {
  /** What the chain has from two hours ago on is newer than what this machine brings along. */
  const old = () => show(scene, { madeAt: now - 100 * Number(HOUR) })

  test('rests on nothing older than what is here', async () => {
    const shown = await old()
    for (const collateral of [list(1, now), list(1, now, { by: 'root' }), file('tcbInfo', 17, now), file('qeIdentity', 16, now)])
      await scene.world.undoing(async () => {
        await post(collateral)
        expect(await refusal(scene.world, showing(shown))).toMatch(/^NewerPosted\(0x/)
      })
    await write(scene.world, showing(shown))
  })

  test('rests on no former evaluation and no former list that was issued later', async () => {
    const shown = await old()
    // What this machine brings along is of evaluation 17 or 16, and its lists are numbered by the hour; here is an older date with a higher number.
    const before = now - 140 * Number(HOUR)
    for (const collateral of [
      list(2 ** 31, before),
      list(2 ** 31, before, { by: 'root' }),
      file('tcbInfo', 18, before),
      file('qeIdentity', 17, before),
    ])
      await scene.world.undoing(async () => {
        await post(collateral)
        expect(await refusal(scene.world, showing(shown))).toMatch(/^NewerPosted\(0x/)
      })
    for (const collateral of [
      list(5, before),
      list(5, before, { by: 'root' }),
      file('tcbInfo', 17, before),
      file('qeIdentity', 16, before),
    ])
      await scene.world.undoing(async () => {
        await post(collateral)
        await write(scene.world, showing(shown))
      })
  })

  test('does not leave out what is here', async () => {
    await post(list(1, now))
    const without = await show(scene, { change: ({ endorsements, ...rest }) => ({ ...rest, endorsements: { ...endorsements, crls: [] } }) })
    expect(await refusal(scene.world, showing(without))).toMatch(/^NewerPosted\(0x/)
  })

  test('may take it from here instead of bringing it along', async () => {
    const all = [list(1, now), list(1, now, { by: 'root' }), file('tcbInfo', 17, now), file('qeIdentity', 16, now)]
    const keys: Hex[] = []
    for (const collateral of all) keys.push(eventsNamed(await post(collateral), 'CollateralPosted')[0]!.key as Hex)
    const bare = await show(scene, { change: (evidence) => ({ ...evidence, endorsements: {} }) })
    expect(await refusal(scene.world, showing(bare, keys.slice(0, 2)))).toBe(`EvidenceRefused(${TEE_CODES.COLLATERAL_MISSING})`)
    expect(await refusal(scene.world, showing(bare, keys.slice(1)))).toMatch(/^NewerPosted\(0x/)
    expect(await refusal(scene.world, showing(bare, [`0x${'12'.repeat(32)}`]))).toMatch(/^NotPosted\(0x12/)
    await write(scene.world, showing(bare, keys))
  })

  test('under a policy that requires lists is refused without them', async () => {
    const strict = await createAttestedScene({ policy: { ...OPEN_POLICY, revocation: 'required' } })
    const without = await show(strict, {
      change: ({ endorsements, ...rest }) => ({ ...rest, endorsements: { ...endorsements, crls: [] } }),
    })
    expect(await refusal(strict.world, showing(without))).toBe(`EvidenceRefused(${TEE_CODES.CRL_MISSING})`)
    await write(strict.world, showing(await show(strict)))
  })
})

describe('a certificate that its issuer has revoked', () => {
  /** Serial of platforms in the tests; the authority has 11, the signer of Intel’s files 12. */
  const PLATFORM = 13
  let shown: Shown
  let key: Hex
  beforeEach(async () => {
    shown = await show(scene)
    await write(scene.world, showing(shown))
    key = eventsNamed(await post(list(1, now, { revoked: [5, PLATFORM, 2_000_000] })), 'CollateralPosted')[0]!.key as Hex
  })
  const revoking = (...serials: bigint[]) => ({ ...asking, name: 'revokeListed', args: [key, serials], from: scene.payer.address }) as const
  const again = (posted: readonly Hex[] = []) => show(scene, { signer: scene.payer.address }).then((next) => showing(next, posted))

  test('gives no new keyset, and at the word of anybody ends those that are', async () => {
    const { world } = scene
    expect(await refusal(world, await again([key]))).toBe(`EvidenceRefused(${TEE_CODES.CERT_REVOKED})`)
    expect(await level()).toBe(129)
    const outcome = await write(world, revoking(BigInt(PLATFORM), 5n))
    expect(eventsNamed(outcome, 'Revoked')).toHaveLength(2)
    expect(await level()).toBe(0)
  })

  test('stays revoked when a later list no longer names it', async () => {
    const { world } = scene
    await write(world, revoking(BigInt(PLATFORM)))
    world.advance(10)
    await post(list(2, now + 5))
    expect(await level()).toBe(0)
    expect(await refusal(world, await again([key]))).toBe('AlreadyRevoked()')
  })

  test('is one that the posted list names', async () => {
    const { world } = scene
    for (const serials of [[11n], [12n], [0n], [2n ** 256n - 1n], [BigInt(PLATFORM), 6n]])
      expect(await refusal(world, revoking(...serials))).toBe('NotListed()')
    expect(await refusal(world, revoking())).toBe('EvidenceNotChecked()')
    expect(await refusal(world, { ...revoking(5n), args: [`0x${'34'.repeat(32)}`, [5n]] })).toBe('NotListed()')
    const info = eventsNamed(await post(file('tcbInfo', 17, now)), 'CollateralPosted')[0]!.key as Hex
    expect(await refusal(world, { ...revoking(5n), args: [info, [5n]] })).toBe('NotListed()')
    expect(await level()).toBe(129)
  })

  test('is revoked by a list that is brought along, too, whatever is posted', async () => {
    const { world } = scene
    const by = (collateral: VendorCollateral, ...serials: bigint[]) =>
      ({ ...asking, name: 'revokeBy', args: [bytesToHex(encodeCollateral(collateral)), serials], from: scene.payer.address }) as const
    const genuine = list(1, now - 10, { revoked: [PLATFORM] })
    // Somebody put a list here that is newer and does not name it.
    world.advance(10)
    await post(list(9, now + 5))
    expect(await refusedPost(genuine)).toBe('NotNewer()')
    const forged = genuine.body.map((byte, i) => (i === genuine.body.length - 10 ? byte ^ 1 : byte))
    expect(await refusal(world, by({ ...genuine, body: forged }, BigInt(PLATFORM)))).toBe(code('CRL_INVALID'))
    expect(await refusal(world, by(list(1, now - IN_DATE, { revoked: [PLATFORM] }), BigInt(PLATFORM)))).toBe(code('CRL_STALE'))
    expect(await refusal(world, by(genuine, 6n))).toBe('NotListed()')
    expect(await refusal(world, by(file('tcbInfo', 17, now), BigInt(PLATFORM)))).toBe('NotListed()')
    expect(await level()).toBe(129)
    await write(world, by(genuine, BigInt(PLATFORM)))
    expect(await level()).toBe(0)
  })

  test('signs nothing that is posted any more', async () => {
    const { world } = scene
    key = eventsNamed(await post(list(1, now, { by: 'root', revoked: [11, 12] })), 'CollateralPosted')[0]!.key as Hex
    await write(world, revoking(11n, 12n))
    world.advance(10)
    expect(await refusedPost(list(2, now + 1))).toBe('AlreadyRevoked()')
    expect(await refusedPost(file('tcbInfo', 17, now + 1))).toBe('AlreadyRevoked()')
    await post(list(2, now + 1, { by: 'root' }))
  })
})
