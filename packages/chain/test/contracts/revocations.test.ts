import { type AttestationPolicy, policyBytes } from '@opengradient/attestation'
import { developmentAttester } from '@opengradient/attestation-dev'
import { ADDRESSES } from '@opengradient/contracts'
import { bytesToHex, type Hex, keccak256Hex, TEE_CODES, utf8 } from '@opengradient/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { asking, createAttestedScene, OPEN_POLICY, policyHex, SEED, type Shown, show, showing } from './attestationScene.ts'
import { eventsNamed, read, refusal, write } from './calls.ts'
import { HOUR, hashOf, type Scene } from './scenario.ts'

const from = ADDRESSES.timelock
let scene: Scene
let shown: Shown
beforeEach(async () => {
  scene = await createAttestedScene()
  shown = await show(scene)
  await write(scene.world, showing(shown))
})

const level = () => read(scene.world, { ...asking, name: 'attestedLevel', args: [scene.node.address] })
const liveUntil = ({ digest }: Shown = shown) => read(scene.world, { ...asking, name: 'liveUntil', args: [scene.node.address, digest] })
const registration = () => read(scene.world, { ...asking, name: 'keyset', args: [scene.node.address, shown.digest] })
const marks = () => read(scene.world, { ...asking, name: 'marksOf', args: [scene.node.address, shown.digest] })
const setting = (policy: Hex, by: Hex = from) => ({ ...asking, name: 'setPolicy', args: [policy], from: by }) as const
const again = () => show(scene, { signer: scene.payer.address })

describe('only the Timelock', () => {
  test('sets policies and revokes', async () => {
    for (const by of [scene.node.address, scene.stranger.address, ADDRESSES.governor, ADDRESSES.settlement, ADDRESSES.attestations]) {
      expect(await refusal(scene.world, setting(policyHex(OPEN_POLICY), by))).toBe('OnlyTimelock()')
      for (const name of ['revokeMeasurement', 'revokePlatform'] as const)
        expect(await refusal(scene.world, { ...asking, name, args: [hashOf('x')], from: by })).toBe('OnlyTimelock()')
      expect(await refusal(scene.world, { ...asking, name: 'revokeCertificate', args: [hashOf('x'), 1n], from: by })).toBe('OnlyTimelock()')
    }
    expect(await level()).toBe(129)
  })
})

describe('a revocation ends at once, in every view', () => {
  const ended = async () => {
    expect(await level()).toBe(0)
    expect(await liveUntil()).toBe(0n)
    const { node, stranger } = scene
    const args = [node.address, shown.digest, stranger.address, 129] as const
    expect(await read(scene.world, { ...asking, name: 'signing', args })).toEqual([0n, 0n])
    expect(await refusal(scene.world, showing(await again()))).toBe('AlreadyRevoked()')
  }

  test('what runs the measurement, by all its measurements or by the main one', async () => {
    const { world } = scene
    for (const member of ['measurement', 'mainMeasurement'] as const) {
      const mark = (await registration())[member]
      await world.undoing(async () => {
        const outcome = await write(world, { ...asking, name: 'revokeMeasurement', args: [mark], from })
        expect(eventsNamed(outcome, 'Revoked')).toEqual([{ mark }])
        await ended()
      })
    }
    expect(await level()).toBe(129)
  })

  test('what is on the machine, and nothing on another', async () => {
    const { world } = scene
    const { platformId } = await registration()
    await write(world, { ...asking, name: 'revokePlatform', args: [platformId], from })
    await ended()
    await write(world, showing(await show(scene, { signer: scene.payer.address, machine: 'another' })))
    expect(await level()).toBe(129)
  })

  test('what has the GPU, and nothing with another one', async () => {
    const { world, node } = scene
    const both = await show(scene, { signer: scene.payer.address, gpus: ['one', 'two'] })
    await write(world, showing(both))
    const own = new Set(await marks())
    const all = await read(world, { ...asking, name: 'marksOf', args: [node.address, both.digest] })
    const ofGpus = all.filter((mark) => !own.has(mark))
    // Of each GPU: the machine and its two lowest certificates. Of both: what they run, and the upper certificates.
    expect(ofGpus.length).toBeGreaterThanOrEqual(2 * 3 + 3)
    const other = await show(scene, { signer: scene.author.address, gpus: ['three'] })
    await write(world, showing(other))
    const ofOther = new Set(await read(world, { ...asking, name: 'marksOf', args: [node.address, other.digest] }))
    const [mark] = ofGpus.filter((one) => !ofOther.has(one))
    await write(world, { ...asking, name: 'revokePlatform', args: [mark!], from })
    expect(await liveUntil(both)).toBe(0n)
    expect(await liveUntil(other)).toBeGreaterThan(0n)
    expect(await liveUntil()).toBeGreaterThan(0n)
  })

  test('what rests on the certificate, whichever of the path it is', async () => {
    const { world } = scene
    const certificates = (await marks()).slice(3)
    expect(certificates.length).toBeGreaterThanOrEqual(3)
    expect(new Set(certificates).size).toBe(certificates.length)
    // Any hash can be a certificate's; the function that makes it from issuer and serial is tested with revocation lists.
    for (const mark of certificates)
      await world.undoing(async () => {
        await write(world, { ...asking, name: 'revokePlatform', args: [mark], from })
        await ended()
      })
  })

  test('and nothing else', async () => {
    const { world } = scene
    const before = await liveUntil()
    await write(world, { ...asking, name: 'revokeMeasurement', args: [hashOf('other code')], from })
    await write(world, { ...asking, name: 'revokePlatform', args: [hashOf('other machine')], from })
    await write(world, { ...asking, name: 'revokeCertificate', args: [hashOf('issuer'), 2n ** 160n - 1n], from })
    expect(await liveUntil()).toBe(before)
    expect(await level()).toBe(129)
    expect(await read(world, { ...asking, name: 'revocations', args: [] })).toBe(3)
    await write(world, showing(await again()))
  })

  test('once, with its first date', async () => {
    const { world } = scene
    const call = { ...asking, name: 'revokeMeasurement', args: [hashOf('code')], from } as const
    await write(world, call)
    const at = world.now()
    world.advance(HOUR)
    expect(eventsNamed(await write(world, call), 'Revoked')).toEqual([])
    expect(await read(world, { ...asking, name: 'revokedAt', args: [hashOf('code')] })).toBe(at)
    expect(await read(world, { ...asking, name: 'revocations', args: [] })).toBe(1)
  })
})

describe('a policy', () => {
  const refused = (code: keyof typeof TEE_CODES) => `EvidenceRefused(${TEE_CODES[code]})`

  test('ends, at once, the keysets that were judged by the one before it', async () => {
    const { world, node } = scene
    world.advance(10)
    const outcome = await write(world, setting(policyHex(OPEN_POLICY)))
    expect(eventsNamed(outcome, 'PolicySet')).toEqual([{ number: 2, hash: keccak256Hex(policyBytes(OPEN_POLICY)) }])
    expect(await level()).toBe(0)
    expect(await liveUntil()).toBe(world.now())
    const next = await again()
    await write(world, showing(next))
    expect(await level()).toBe(129)
    expect((await read(world, { ...asking, name: 'keyset', args: [node.address, next.digest] })).policy).toBe(2)
    expect((await read(world, { ...asking, name: 'policyAt', args: [1] })).until).toBe(world.now())
    expect((await read(world, { ...asking, name: 'policyAt', args: [2] })).until).toBe(0n)
  })

  test('gives none of them a later end', async () => {
    const { world, node, stranger } = scene
    world.advance(7n * HOUR)
    await write(world, setting(policyHex(OPEN_POLICY)))
    const { notBefore, notAfter } = shown.keyset
    expect(await liveUntil()).toBe(notAfter)
    const args = [node.address, shown.digest, stranger.address, 129] as const
    expect(await read(world, { ...asking, name: 'signing', args })).toEqual([notBefore, notAfter])
  })

  test('is what evidence is judged by from its block on', async () => {
    const { world } = scene
    const cases: [Partial<AttestationPolicy>, keyof typeof TEE_CODES][] = [
      [{ platforms: ['nitro'] }, 'PLATFORM_DENIED'],
      [{ allowDevelopment: false }, 'DEV_EVIDENCE'],
      [{ measurements: [] }, 'MEASUREMENT_UNKNOWN'],
      [{ tcb: { ...OPEN_POLICY.tcb, statuses: [] } }, 'TCB_REJECTED'],
      [{ tcb: { ...OPEN_POLICY.tcb, minEvaluation: 1e9 } }, 'COLLATERAL_STALE'],
      [{ gpu: { required: true } }, 'GPU_MISSING'],
      [{ platformIds: { allow: [], deny: [] } }, 'PLATFORM_DENIED'],
    ]
    for (const [change, code] of cases) {
      await world.undoing(async () => {
        await write(world, setting(policyHex({ ...OPEN_POLICY, ...change })))
        expect(await refusal(world, showing(await again())), code).toBe(refused(code))
      })
    }
  })

  test('that limits the age of evidence counts from the nonce, which is of now, and ends what is older', async () => {
    const { world } = scene
    await write(world, setting(policyHex({ ...OPEN_POLICY, maxAge: 60 })))
    const next = await again()
    await write(world, showing(next))
    const until = await liveUntil(next)
    expect(until - world.now()).toBeLessThanOrEqual(61n)
    world.advance(until - world.now() - 1n)
    expect(await level()).toBe(129)
    world.advance(1)
    expect(await level()).toBe(0)
  })

  test('that lists code ends what it allows with the entry', async () => {
    const { world } = scene
    const notAfter = Number(world.now() + HOUR)
    const mrtd = developmentAttester({ platform: 'tdx', seed: SEED }).measurement
    const unused: Hex = `0x${'00'.repeat(48)}`
    const values = { mrtd, rtmr1: unused, rtmr2: unused }
    const entry = { platform: 'tdx', values, notAfter, build: 'https://build.example' } as const
    await write(world, setting(policyHex({ ...OPEN_POLICY, measurements: [entry] })))
    const next = await again()
    await write(world, showing(next))
    expect(await liveUntil(next)).toBe(BigInt(notAfter))
    world.advance(HOUR - 1n)
    expect(await level()).toBe(129)
    world.advance(1)
    expect(await level()).toBe(0)
    expect(await refusal(world, showing(await show(scene, { signer: scene.author.address })))).toBe(refused('MEASUREMENT_UNKNOWN'))
  })

  test('has one form, and expects nothing of certain evidence', async () => {
    const text = new TextDecoder().decode(policyBytes(OPEN_POLICY))
    const bad = [
      '',
      '{}',
      'null',
      `${text} `,
      text.replace('{', '{ '),
      text.replace('"any"', '"all"'),
      text.replace('"allowDebug":false', '"allowDebug":0'),
      text.replace('"allowDebug":false,', ''),
      text.replace('{', '{"a":1,'),
      '['.repeat(10_000),
      new TextDecoder().decode(policyBytes({ ...OPEN_POLICY, expect: { nonce: '0x00' } })),
    ]
    for (const policy of bad) expect(await refusal(scene.world, setting(bytesToHex(utf8(policy)))), policy.slice(0, 40)).toBe('BadPolicy()')
    expect(await level()).toBe(129)
  })
})
