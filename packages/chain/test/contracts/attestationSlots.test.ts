import { marksOf, policyBytes, underTrusts, verifyEvidence } from '@opengradient/attestation'
import { developmentRoots } from '@opengradient/attestation-dev'
import { ADDRESSES } from '@opengradient/contracts'
import { predeploys } from '@opengradient/contracts/artifacts'
import * as slots from '@opengradient/contracts/slots'
import { bytesToHex, concatBytes, encodeCollateral, type Hex, hexToBytes, keccak256Hex, utf8 } from '@opengradient/protocol'
import { beforeAll, expect, test } from 'vitest'
import { asking, attestationOf, createAttestedScene, OPEN_POLICY, policyHex, SEED, type Shown, show, showing } from './attestationScene.ts'
import { errorText, eventsNamed, read, write } from './calls.ts'
import { keeping, list, piecesOf, posting, postingKept } from './collateralScene.ts'
import { BENEFICIARIES, createWorld } from './harness.ts'
import { hashOf, type Scene } from './scenario.ts'

// What a light client proves of Attestations, against what the contract itself says.
let scene: Scene
let shown: Shown
beforeAll(async () => {
  scene = await createAttestedScene()
  const { world, node } = scene
  await write(world, { ...asking, name: 'setPolicy', args: [policyHex({ ...OPEN_POLICY, maxVmpl: 1 })], from: ADDRESSES.timelock })
  world.advance(100)
  await write(world, { ...asking, name: 'setPolicy', args: [policyHex(OPEN_POLICY)], from: ADDRESSES.timelock })
  await write(world, { ...asking, name: 'revokeMeasurement', args: [hashOf('code')], from: ADDRESSES.timelock })
  await write(world, showing(await show(scene, { signer: scene.payer.address })))
  await write(world, { ...asking, name: 'endKeysets', args: [], from: node.address })
  world.advance(100)
  shown = await show(scene)
  await write(world, showing(shown))
})

const words = (wanted: readonly Hex[]) => Promise.all(wanted.map((slot) => scene.world.storage(ADDRESSES.attestations, slot)))
const kept = async (content: Uint8Array) => (await scene.world.code(slots.dataAddress(content))) === `0x00${bytesToHex(content).slice(2)}`

test('a keyset, and none', async () => {
  const { world, node } = scene
  const registration = await read(world, { ...asking, name: 'keyset', args: [node.address, shown.digest] })
  expect(registration).toMatchObject({ policy: 3, revocations: 1 })
  const { marks, ...record } = slots.decodeRegistration(await words(slots.registrationSlots(node.address, shown.digest)))
  expect({ ...record, marks }).toEqual(registration)
  expect(slots.decodeRegistration(await words(slots.registrationSlots(node.address, hashOf('none')))).from).toBe(0n)
})

test('the keyset that a key is in', async () => {
  const { world, node } = scene
  const { signer } = slots.decodeRegistration(await words(slots.registrationSlots(node.address, shown.digest)))
  const [digest] = (await read(world, { ...asking, name: 'signerInterval', args: [node.address, signer] })) as [Hex, bigint, bigint]
  expect(await words([slots.keysetOfSlot(node.address, signer), slots.keysetOfSlot(node.address, node.address)])).toEqual([
    BigInt(digest),
    0n,
  ])
  expect(digest).toBe(shown.digest)
})

test('the marks of a keyset are those that whoever verifies its evidence comes to', async () => {
  const { world, node } = scene
  const { platform, evidence, endorsements } = shown.evidence
  const claims = await underTrusts({ hardware: developmentRoots(SEED) }, (roots) =>
    verifyEvidence({ platform: platform as 'tdx', bytes: evidence }, { now: Number(world.now()), roots, endorsements }),
  )
  if (!claims.ok) throw new Error(claims.message)
  const marks = marksOf([claims])
  expect(await read(world, { ...asking, name: 'marksOf', args: [node.address, shown.digest] })).toEqual(marks)
  const content = concatBytes(...marks.map((mark) => hexToBytes(mark)))
  const { marks: place } = slots.decodeRegistration(await words(slots.registrationSlots(node.address, shown.digest)))
  expect(place).toBe(slots.dataAddress(content))
  expect(await kept(content)).toBe(true)
})

test('where a node is: its current keyset, and when it left', async () => {
  const standing = slots.decodeStanding(await words(slots.standingSlots(scene.node.address)))
  expect(standing).toEqual({ current: shown.digest, leftAt: scene.world.now() - 100n })
  expect(BigInt(slots.decodeStanding(await words(slots.standingSlots(scene.payer.address))).current)).toBe(0n)
})

test('the policies, the one in force and those before it', async () => {
  expect(await words([slots.policyCountSlot])).toEqual([3n])
  const contents = [policyBytes(OPEN_POLICY), policyBytes({ ...OPEN_POLICY, maxVmpl: 1 }), policyBytes(OPEN_POLICY)]
  for (const [i, content] of contents.entries()) {
    const policy = slots.decodePolicy(await words(slots.policySlots(i + 1)))
    expect(policy).toEqual(await read(scene.world, { ...asking, name: 'policyAt', args: [i + 1] }))
    expect(policy).toMatchObject({ data: slots.dataAddress(content), hash: keccak256Hex(content) })
    expect(await kept(content)).toBe(true)
    expect(policy.until === 0n).toBe(i === 2)
  }
})

test('what was revoked, and the development roots', async () => {
  const [head = 0n, at = 0n, never = 0n] = await words([
    slots.revocationsSlot,
    slots.revokedAtSlot(hashOf('code')),
    slots.revokedAtSlot(hashOf('other code')),
  ])
  expect([at, never]).toEqual([await read(scene.world, { ...asking, name: 'revokedAt', args: [hashOf('code')] }), 0n])
  const { revocations, developmentRoots: place } = slots.decodeRevocations(head)
  expect(revocations).toBe(1)
  expect((await scene.world.code(place)).length).toBeGreaterThan(1_000)
})

test('the collateral of a key', async () => {
  const collateral = list(9, Number(scene.world.now()))
  const [event] = eventsNamed(await write(scene.world, posting(collateral, scene.payer.address)), 'CollateralPosted')
  const key = event!.key as Hex
  const record = slots.decodeCollateral(await words(slots.collateralSlots(key)))
  expect(record).toEqual(await read(scene.world, { ...asking, name: 'collateral', args: [key] }))
  expect(record.data).toBe(slots.dataAddress(encodeCollateral(collateral)))
  const pieces = piecesOf(
    encodeCollateral(list(10, Number(scene.world.now()) + 1, { revoked: Array.from({ length: 1_500 }, (_, i) => i + 100) })),
  )
  scene.world.advance(10)
  for (const piece of pieces) {
    const name = await read(scene.world, keeping(piece, scene.payer.address))
    expect(name).toBe(slots.dataName(piece))
    await write(scene.world, keeping(piece, scene.payer.address))
  }
  await write(scene.world, postingKept(pieces, scene.payer.address))
  const inPieces = slots.decodeCollateral(await words(slots.collateralSlots(key)))
  expect(inPieces).toEqual(await read(scene.world, { ...asking, name: 'collateral', args: [key] }))
  expect(inPieces.data).toBe(slots.dataAddress(concatBytes(...pieces.map((piece) => hexToBytes(slots.dataAddress(piece))))))
  expect(slots.decodeCollateral(await words(slots.collateralSlots(hashOf('none')))).thisUpdate).toBe(0n)
})

test('the constructor takes no development roots on a public network', async () => {
  const { policy, developmentRoots } = attestationOf()
  const construct = async (chainId: bigint, roots: readonly Hex[]) => {
    const attesting = { policy: bytesToHex(utf8(policy)), developmentRoots: roots }
    const all = predeploys({ start: 0n, beneficiaries: BENEFICIARIES, alreadyPaid: 0n }, attesting)
    const { initCode } = all.find(({ name }) => name === 'Attestations')!
    const outcome = await (await createWorld({ chainId })).send({ from: scene.payer.address, data: initCode })
    return outcome.ok ? 'constructed' : errorText(outcome.data)
  }
  expect(await construct(2n ** 32n - 1n, developmentRoots)).toBe('OnlyLocalNetworks()')
  expect(await construct(2n ** 32n - 1n, [])).toBe('constructed')
  expect(await construct(2n ** 32n, developmentRoots)).toBe('constructed')
})
