import { TCB_STATUSES } from '@opengradient/attestation'
import { ADDRESSES, nodesAbi } from '@opengradient/contracts'
import { unexpiredCountSlot, unexpiredSlots } from '@opengradient/contracts/slots'
import {
  type Address,
  type AttestationEvidence,
  bytesToHex,
  concatBytes,
  devAccount,
  encodeEvidenceInput,
  type Hex,
  hexToBytes,
  keccak256Hex,
  TEE_CODES,
  utf8,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@opengradient/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { asking, createAttestedScene, HARDWARE, levelOf, OPEN_POLICY, SEED, type Shown, show, showing } from './attestationScene.ts'
import { eventsNamed, read, refusal, write } from './calls.ts'
import { DAY, HOUR, hashOf, registering, type Scene } from './scenario.ts'

const nodes = { abi: nodesAbi, to: ADDRESSES.nodes } as const
let scene: Scene
beforeEach(async () => {
  scene = await createAttestedScene()
  scene.world.mine(300n)
})

const refused = (code: keyof typeof TEE_CODES) => `EvidenceRefused(${TEE_CODES[code]})`
const isAttested = () => read(scene.world, { ...asking, name: 'isAttested', args: [scene.node.address] })
const level = () => read(scene.world, levelOf(scene.node.address))

describe('evidence is refused', () => {
  test('of whoever is no active node', async () => {
    const { world, node, stranger } = scene
    expect(await refusal(world, showing(await show(scene, { node: stranger.address })))).toBe('NotActive()')
    await write(world, { ...nodes, name: 'unbond', args: [], from: node.address })
    expect(await refusal(world, showing(await show(scene)))).toBe('NotActive()')
  })

  test('whose nonce is not the hash of one of the last 256 blocks', async () => {
    const { world } = scene
    for (const nonceBlock of [world.height(), world.height() + 1n, world.height() - 257n, 2n ** 255n])
      expect(await refusal(world, { ...showing(await show(scene)), args: ['0x', nonceBlock, []] })).toBe('UnknownBlock()')
    const shown = await show(scene, { nonceBlock: world.height() - 256n })
    expect(await refusal(world, { ...showing(shown), args: [shown.input, shown.nonceBlock + 1n, []] })).toBe(refused('NONCE_MISMATCH'))
    await write(world, showing(shown))
  })

  test('that binds another nonce than it says', async () => {
    const change = (evidence: AttestationEvidence): AttestationEvidence => ({ ...evidence, nonce: hexToBytes(keccak256Hex(utf8('other'))) })
    expect(await refusal(scene.world, showing(await show(scene, { change })))).toBe(refused('NONCE_MISMATCH'))
    const other = await show(scene, { nonceBlock: scene.world.height() - 2n })
    const relabelled = await show(scene, { change: (evidence) => ({ ...evidence, evidence: other.evidence.evidence }) })
    expect(await refusal(scene.world, showing(relabelled))).toBe(refused('BINDING_MISMATCH'))
  })

  test('of another node, on another chain, and of the keyset of another time', async () => {
    const { world, node, stranger } = scene
    const foreign = await show(scene, { node: stranger.address })
    expect(await refusal(world, { ...showing(foreign), from: node.address })).toBe(refused('KEYSET_NODE_MISMATCH'))
    expect(await refusal(world, showing(await show(scene, { chainId: world.chainId + 1n })))).toBe(refused('KEYSET_CHAIN_MISMATCH'))
    expect(await refusal(world, showing(await show(scene, { notBefore: 301n })))).toBe(refused('KEYSET_NOT_YET_VALID'))
    expect(await refusal(world, showing(await show(scene, { notAfter: 0n })))).toBe(refused('KEYSET_EXPIRED'))
    await world.undoing(async () => write(world, showing(await show(scene, { notBefore: 0n, notAfter: 1n }))))
    // Clocks differ.
    await write(world, showing(await show(scene, { notBefore: 300n })))
  })

  test('with any part changed', async () => {
    const swapped = await show(scene, { signer: scene.payer.address })
    const shown = await show(scene)
    const tampered = { ...shown.evidence, keyset: swapped.evidence.keyset }
    const input = bytesToHex(encodeEvidenceInput(tampered))
    expect(await refusal(scene.world, { ...showing(shown), args: [input, shown.nonceBlock, []] })).toBe(refused('BINDING_MISMATCH'))
    const bytes = shown.evidence.evidence
    for (const at of [60, 200, 600, bytes.length - 3_000]) {
      const flipped = { ...shown.evidence, evidence: bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)) }
      const call = { ...showing(shown), args: [bytesToHex(encodeEvidenceInput(flipped)), shown.nonceBlock, []] as const }
      expect(await refusal(scene.world, call), `byte ${at}`).toMatch(/^EvidenceRefused\([1-9]/)
    }
  })

  test('that is no evidence', async () => {
    const { world } = scene
    const shown = await show(scene)
    const call = (input: `0x${string}`) => ({ ...showing(shown), args: [input, shown.nonceBlock, []] as const })
    expect(await refusal(world, call('0x'))).toBe(refused('INPUT_MALFORMED'))
    expect(await refusal(world, call(`${shown.input}00`))).toBe(refused('INPUT_MALFORMED'))
    expect(await refusal(world, call(bytesToHex(concatBytes(...Array(1_000).fill(utf8('garbage'))))))).toBe(refused('INPUT_MALFORMED'))
    // More than the precompile reads at all.
    expect(await refusal(world, call(`0x${'00'.repeat(524_289)}`))).toBe('EvidenceNotChecked()')
    expect(await refusal(world, { ...call(shown.input), gas: 1_000_000n })).toMatch(/EvidenceNotChecked|no reason/)
  })

  test('under roots that nobody trusts, and development evidence where it counts for nothing', async () => {
    expect(await refusal(scene.world, showing(await show(scene, { seed: 'somebody else' })))).toBe(refused('UNTRUSTED_ROOT'))
    const strict = await createAttestedScene({ policy: { ...OPEN_POLICY, allowDevelopment: false } })
    expect(await refusal(strict.world, showing(await show(strict)))).toBe(refused('DEV_EVIDENCE'))
    const rootless = await createAttestedScene({
      attestation: { policy: new TextDecoder().decode(hexToBytes(await policyOf(scene))), developmentRoots: [] },
    })
    expect(await refusal(rootless.world, showing(await show(rootless)))).toBe(refused('UNTRUSTED_ROOT'))
    expect(await read(rootless.world, { ...asking, name: 'developmentRoots', args: [] })).toEqual([])
  })

  test('of hardware whose security level only a development root vouches for', async () => {
    const rated = await show(scene)
    const borrowed = await show(scene, {
      seed: HARDWARE,
      change: ({ endorsements, ...rest }) => ({
        ...rest,
        endorsements: { ...endorsements, tcbInfo: rated.evidence.endorsements.tcbInfo! },
      }),
    })
    expect(await refusal(scene.world, showing(borrowed))).toBe(refused('UNTRUSTED_ROOT'))
  })

  test('the second time, and with a signing key that another keyset has', async () => {
    const shown = await show(scene)
    await write(scene.world, showing(shown))
    expect(await refusal(scene.world, showing(shown))).toBe('AlreadyRegistered()')
    expect(await refusal(scene.world, showing(await show(scene, { notAfter: HOUR })))).toBe('SignerUsed()')
    const other = { ...scene, node: scene.stranger }
    await write(scene.world, registering(scene.stranger.address, scene.author.address))
    await write(scene.world, showing(await show(other)))
  })
})

const ending = () => ({ ...asking, name: 'endKeysets', args: [], from: scene.node.address }) as const

/** The keysets of a node that are not over, as a light client reads them. */
async function unexpired(node: Address): Promise<Hex[]> {
  const slot = (at: Hex) => scene.world.storage(ADDRESSES.attestations, at)
  const digests = await Promise.all(unexpiredSlots(node, Number(await slot(unexpiredCountSlot(node)))).map(slot))
  return digests.map((digest) => `0x${digest.toString(16).padStart(64, '0')}` as const)
}

const policyOf = ({ world }: Scene) => read(world, { ...asking, name: 'policy', args: [] })

describe('a keyset', () => {
  test.each(['tdx', 'sgx', 'nitro', 'snp', 'tpm', 'azure-snp-vtpm', 'azure-tdx-vtpm'] as const)(
    'in development hardware of the kind %s is at level 129, and never at level tee',
    async (platform) => {
      const { world, node, stranger } = scene
      const shown = await show(scene, { platform })
      const outcome = await write(world, showing(shown))
      const registration = await read(world, { ...asking, name: 'keyset', args: [node.address, shown.digest] })
      const { notBefore, notAfter } = shown.keyset
      expect(registration).toMatchObject({ signer: stranger.address, from: world.now(), level: 129, notBefore, policy: 1, revocations: 0 })
      expect(registration.until <= notAfter && registration.until > world.now()).toBe(true)
      expect(registration.evidenceHash).toBe(keccak256Hex(hexToBytes(shown.input)))
      const rated = /tdx|sgx/.test(platform)
      expect(TCB_STATUSES[registration.tcbStatus]).toBe(rated ? 'UpToDate' : 'Unrated')
      expect(registration.evaluation).toBe(rated ? 16 : 0)
      expect(eventsNamed(outcome, 'Attested')).toEqual([
        {
          node: node.address,
          keysetDigest: shown.digest,
          signer: stranger.address,
          level: 129,
          until: registration.until,
          measurement: registration.measurement,
          platformId: registration.platformId,
          evidenceHash: registration.evidenceHash,
        },
      ])
      expect(await read(world, { ...asking, name: 'current', args: [node.address] })).toEqual([shown.digest, registration])
      expect(await level()).toBe(129)
      expect(await isAttested()).toBe(false)
    },
  )

  test('in the vendors’ hardware is at level tee', async () => {
    await write(scene.world, showing(await show(scene, { seed: HARDWARE })))
    expect(await level()).toBe(1)
    expect(await isAttested()).toBe(true)
  })

  test('counts until its end, to the second', async () => {
    const { world, node } = scene
    const shown = await show(scene, { seed: HARDWARE, notAfter: HOUR })
    await write(world, showing(shown))
    expect(await read(world, { ...asking, name: 'liveUntil', args: [node.address, shown.digest] })).toBe(shown.keyset.notAfter)
    world.advance(HOUR - 1n)
    expect(await isAttested()).toBe(true)
    world.advance(1)
    expect(await isAttested()).toBe(false)
    expect(await level()).toBe(0)
  })

  test('ends when the vendor’s lists and files end, if that is sooner', async () => {
    const { world, node } = scene
    // Lists and files of a week ago are out of date soon.
    const shown = await show(scene, { madeAt: Number(world.now() - 6n * DAY - 20n * HOUR), notAfter: 20n * HOUR })
    await write(world, showing(shown))
    const until = await read(world, { ...asking, name: 'liveUntil', args: [node.address, shown.digest] })
    expect(until < shown.keyset.notAfter).toBe(true)
  })

  test('ends with the bond, and the node’s newest one is its current one', async () => {
    const { world, node } = scene
    await write(world, showing(await show(scene, { seed: HARDWARE })))
    const second = await show(scene, { seed: HARDWARE, signer: scene.payer.address })
    await write(world, showing(second))
    const [digest] = await read(world, { ...asking, name: 'current', args: [node.address] })
    expect(digest).toBe(second.digest)
    await write(world, { ...nodes, name: 'unbond', args: [], from: node.address })
    expect(await isAttested()).toBe(false)
  })

  test('ends at the word of its node, with all others, and another may begin a second later', async () => {
    const { world, node, payer, author } = scene
    expect(await refusal(world, ending())).toBe('NotAttested()')
    const first = await show(scene)
    const second = await show(scene, { signer: payer.address })
    for (const shown of [first, second]) await write(world, showing(shown))
    const outcome = await write(world, ending())
    expect(eventsNamed(outcome, 'Left')).toEqual([{ node: node.address }])
    const [current, registration] = await read(world, { ...asking, name: 'current', args: [node.address] })
    expect([current, registration.from]).toEqual([ZERO_HASH, 0n])
    expect(await refusal(world, ending())).toBe('NotAttested()')
    for (const { digest } of [first, second])
      expect(await read(world, { ...asking, name: 'liveUntil', args: [node.address, digest] })).toBe(world.now())
    expect(await level()).toBe(0)
    const third = await show(scene, { signer: author.address })
    expect(await refusal(world, showing(third))).toBe('JustLeft()')
    world.advance(1)
    await write(world, showing(third))
    expect(await level()).toBe(129)
    expect(await read(world, { ...asking, name: 'leftAt', args: [node.address] })).toBe(world.now() - 1n)
  })

  test('that is over when its node leaves has no later end by that, nor by the next leave', async () => {
    const { world, node, payer, author } = scene
    const over = await show(scene, { notAfter: HOUR })
    const ended = await show(scene, { signer: payer.address })
    for (const shown of [over, ended]) await write(world, showing(shown))
    world.advance(2n * HOUR)
    await write(world, ending())
    const left = world.now()
    world.advance(1)
    await write(world, showing(await show(scene, { signer: author.address })))
    world.advance(HOUR)
    await write(world, ending())
    for (const [{ digest, keyset }, until] of [
      [over, over.keyset.notAfter],
      [ended, left],
    ] as const) {
      expect(await read(world, { ...asking, name: 'liveUntil', args: [node.address, digest] })).toBe(until)
      const interval = await read(world, { ...asking, name: 'signing', args: [node.address, digest, keyset.sign, 129] })
      expect(interval).toEqual([keyset.notBefore, until])
      const [, , answersUntil] = await read(world, { ...asking, name: 'signerInterval', args: [node.address, keyset.sign] })
      expect(answersUntil).toBe(until)
    }
  })

  test('is in its node’s list until it is over, to the second, whichever of them ends first', async () => {
    const { world, node } = scene
    const ends = [3n, 1n, 2n, 4n].map((hours) => hours * HOUR)
    const shown: Shown[] = []
    for (const [i, notAfter] of ends.entries()) {
      shown.push(await show(scene, { notAfter, signer: devAccount(world.chainId, 20 + i).address }))
      await write(world, showing(shown[i]!))
    }
    const [longest, first, second, last] = shown.map(({ digest }) => digest)
    expect(await unexpired(node.address)).toEqual([longest, first, second, last])
    const joinedBy = async (number: number) => {
      const next = await show(scene, { signer: devAccount(world.chainId, 20 + number).address, notAfter: 9n * HOUR })
      await write(world, showing(next))
      return next.digest
    }
    world.advance(HOUR - 1n)
    const fifth = await joinedBy(5)
    expect(await unexpired(node.address)).toEqual([longest, first, second, last, fifth])
    world.advance(1)
    const sixth = await joinedBy(6)
    expect(await unexpired(node.address)).toEqual([longest, fifth, second, last, sixth])
    world.advance(3n * HOUR)
    expect(await unexpired(node.address)).toEqual([longest, fifth, second, last, sixth])
    const seventh = await joinedBy(7)
    expect((await unexpired(node.address)).sort()).toEqual([fifth, sixth, seventh].sort())
    await write(world, ending())
    expect(await unexpired(node.address)).toEqual([])
  })

  test('that was never registered counts for nobody, before and after revocations', async () => {
    const { world, node, stranger } = scene
    const unknown = async () => {
      expect(await read(world, { ...asking, name: 'liveUntil', args: [node.address, hashOf('none')] })).toBe(0n)
      for (const signer of [stranger.address, ZERO_ADDRESS])
        expect(await read(world, { ...asking, name: 'signing', args: [node.address, hashOf('none'), signer, 0] })).toEqual([0n, 0n])
      expect(await level()).toBe(0)
    }
    await unknown()
    await write(world, { ...asking, name: 'revokeMeasurement', args: [hashOf('code')], from: ADDRESSES.timelock })
    await unknown()
  })
})

test('policy and roots of the genesis can be read', async () => {
  expect(await policyOf(scene)).toBe(bytesToHex(utf8(JSON.stringify(OPEN_POLICY, sortedKeys))))
  const { developmentCertificates } = await import('@opengradient/attestation-dev')
  expect(await read(scene.world, { ...asking, name: 'developmentRoots', args: [] })).toEqual(developmentCertificates(SEED).map(bytesToHex))
})

/** Members in the order of canonical JSON. */
function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
