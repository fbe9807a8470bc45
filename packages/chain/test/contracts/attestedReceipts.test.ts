import { ADDRESSES, nodesAbi, settlementAbi } from '@opengradient/contracts'
import { devAccount, type Receipt, ZERO_HASH } from '@opengradient/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  asking,
  createAttestedScene,
  HARDWARE,
  OPEN_POLICY,
  policyHex,
  type Shown,
  type ShownOptions,
  show,
  showing,
} from './attestationScene.ts'
import { encode, eventsNamed, read, refusal, write } from './calls.ts'
import {
  DAY,
  type EntryOptions,
  HOUR,
  hashOf,
  makeEntry,
  registering,
  type Scene,
  settling,
  settlingMany,
  signReceipt,
} from './scenario.ts'

let scene: Scene
let shown: Shown
beforeEach(async () => {
  scene = await createAttestedScene()
  shown = await registered({ seed: HARDWARE })
})

/** The key inside the enclave is the stranger's, who has nothing else to do. */
async function registered(options: ShownOptions): Promise<Shown> {
  const made = await show(scene, options)
  await write(scene.world, showing(made))
  return made
}

/** A payment with a receipt of level tee, signed in the enclave. */
function entry(options: EntryOptions = {}) {
  const receipt: Partial<Receipt> = { level: 1, proofRef: shown.digest, ...options.receipt }
  return makeEntry(scene, { receiptKey: scene.stranger, ...options, receipt })
}

const refused = (options: EntryOptions = {}) => refusal(scene.world, settling(entry(options)))
const from = ADDRESSES.timelock

describe('a receipt signed in an enclave', () => {
  test('is settled like any other, one by one and in lists with them', async () => {
    const one = entry()
    const outcome = await write(scene.world, settling(one))
    expect(eventsNamed(outcome, 'Settled')).toMatchObject([{ paymentId: one.receipt.paymentId, node: scene.node.address }])
    const list = [makeEntry(scene), entry(), makeEntry(scene), entry(), entry()]
    const many = await write(scene.world, settlingMany(list))
    expect(eventsNamed(many, 'Settled')).toHaveLength(5)
    expect(eventsNamed(many, 'SettleFailed')).toEqual([])
  })

  test('at the development level when the hardware is development hardware, and at no other', async () => {
    const { digest: proofRef } = await registered({ signer: scene.author.address })
    const development = (level: 0 | 1 | 129) => ({ receiptKey: scene.author, receipt: { level, proofRef } })
    await write(scene.world, settling(entry(development(129))))
    expect(await refused(development(1))).toBe('WrongKey()')
    expect(await refused(development(0))).toBe('UnsupportedLevel()')
    expect(await refused({ receipt: { level: 129 } })).toBe('WrongKey()')
  })

  test('is refused when another key signed it: the receipt key, that of another keyset, or anybody', async () => {
    const other = await registered({ seed: HARDWARE, signer: scene.author.address })
    for (const receiptKey of [scene.key, scene.author, scene.payer, scene.node]) expect(await refused({ receiptKey })).toBe('WrongKey()')
    expect(await refused({ receipt: { proofRef: other.digest } })).toBe('WrongKey()')
    expect(await refused({ receipt: { proofRef: hashOf('no keyset') } })).toBe('WrongKey()')
    expect(await refused({ receipt: { proofRef: ZERO_HASH } })).toBe('UnsupportedLevel()')
  })

  test('is refused at level signature and zk: the key in the enclave is no receipt key', async () => {
    expect(await refused({ receipt: { level: 0, proofRef: ZERO_HASH } })).toBe('WrongKey()')
    expect(await refused({ receipt: { level: 2, proofRef: shown.digest } })).toBe('WrongKey()')
  })

  test('of another node is refused, registered or not', async () => {
    await write(scene.world, registering(scene.stranger.address, scene.parentAuthor.address))
    expect(await refused({ receipt: { node: scene.stranger.address } })).toBe('WrongKey()')
    expect(await refused({ receipt: { node: scene.parentAuthor.address } })).toBe('NotBonded()')
  })

  test('was issued while the keyset was valid', async () => {
    const { notBefore, notAfter } = shown.keyset
    expect(await refused({ receipt: { issuedAt: notBefore - 1n } })).toBe('OutsideKeyset()')
    await write(scene.world, settling(entry({ receipt: { issuedAt: notBefore } })))
    scene.world.advance(notAfter - scene.world.now() - 60n)
    expect(await refused({ receipt: { issuedAt: notAfter } })).toBe('OutsideKeyset()')
    await write(scene.world, settling(entry({ receipt: { issuedAt: notAfter - 1n } })))
  })

  test('can be settled for an hour after the keyset’s end', async () => {
    const { notAfter } = shown.keyset
    scene.world.advance(notAfter + HOUR - 1n - scene.world.now())
    await write(scene.world, settling(entry({ receipt: { issuedAt: notAfter - 1n } })))
    scene.world.advance(1)
    expect(await refused({ receipt: { issuedAt: notAfter } })).toBe('WrongKey()')
  })

  test('is refused at once when something that its evidence rests on is revoked', async () => {
    const registration = await read(scene.world, { ...asking, name: 'keyset', args: [scene.node.address, shown.digest] })
    await write(scene.world, { ...asking, name: 'revokeMeasurement', args: [registration.mainMeasurement], from })
    expect(await refused()).toBe('WrongKey()')
    await write(scene.world, settling(makeEntry(scene)))
  })

  test('can be settled for an hour after another policy, or the node’s word, has ended its keyset', async () => {
    const ends = [
      { ...asking, name: 'setPolicy', args: [policyHex(OPEN_POLICY)], from } as const,
      { ...asking, name: 'endKeysets', args: [], from: scene.node.address } as const,
    ]
    for (const end of ends)
      await scene.world.undoing(async () => {
        const now = scene.world.now()
        await scene.world.send({ from: end.from, to: end.to, data: encode(end) })
        expect(await refused({ receipt: { issuedAt: now } })).toBe('OutsideKeyset()')
        await write(scene.world, settling(entry({ receipt: { issuedAt: now - 1n } })))
      })
  })

  test('needs a bonded node that stays, like any receipt', async () => {
    await write(scene.world, { abi: nodesAbi, to: ADDRESSES.nodes, name: 'unbond', args: [], from: scene.node.address })
    await write(scene.world, settling(entry()))
    expect(await refused({ receipt: { issuedAt: scene.world.now() + 1n } })).toBe('NodeIsLeaving()')
  })
})

describe('two receipts for one payment', () => {
  const proving = (a: ReturnType<typeof entry>, change: Partial<Receipt>, key = scene.stranger) => {
    const second = { ...a.receipt, ...change }
    const args = [a.receipt, a.signature, second, signReceipt(scene, second, key)] as const
    return { abi: settlementAbi, to: ADDRESSES.settlement, name: 'equivocation', args, from: scene.payer.address } as const
  }
  const bond = async () => (await read(scene.world, { abi: nodesAbi, to: ADDRESSES.nodes, name: 'node', args: [scene.node.address] })).bond

  test('cost the bond when an enclave signed both, or one of them', async () => {
    const { world, key } = scene
    for (const call of [
      proving(entry(), { responseHash: hashOf('another answer') }),
      proving(entry(), { level: 0, proofRef: ZERO_HASH }, key),
      proving(makeEntry(scene), { level: 1, proofRef: shown.digest }),
    ])
      await world.undoing(async () => {
        await write(world, call)
        expect(await bond()).toBe(0n)
      })
  })

  test('cost it for 7 days after the keyset’s end by time or by the node’s word, whatever else ended it', async () => {
    const { world, node } = scene
    const call = proving(entry(), { responseHash: hashOf('another answer') })
    const { platformId } = await read(world, { ...asking, name: 'keyset', args: [node.address, shown.digest] })
    await write(world, { ...asking, name: 'revokePlatform', args: [platformId], from })
    await write(world, { ...asking, name: 'setPolicy', args: [policyHex(OPEN_POLICY)], from })
    await write(world, { ...asking, name: 'endKeysets', args: [], from: node.address })
    world.advance(7n * DAY - 1n)
    await world.undoing(async () => {
      await write(world, call)
      expect(await bond()).toBe(0n)
    })
    world.advance(1)
    expect(await refusal(world, call)).toBe('WrongKey()')
  })

  test('cost it also when the node once named the key of the enclave as its receipt key, and retired it long ago', async () => {
    const { world, key, node } = await createAttestedScene().then((fresh) => {
      scene = fresh
      return fresh
    })
    const rotating = (address: Receipt['node']) =>
      ({ abi: nodesAbi, to: ADDRESSES.nodes, name: 'rotateKey', args: [address], from: node.address }) as const
    await write(world, rotating(scene.stranger.address))
    const next = devAccount(world.chainId, 80)
    await write(world, rotating(next.address))
    world.advance(8n * DAY)
    shown = await registered({ seed: HARDWARE })
    await write(world, settling(entry()))
    await world.undoing(async () => {
      await write(world, proving(entry(), { level: 0, proofRef: ZERO_HASH }, next))
      expect(await bond()).toBe(0n)
    })
    expect(await refusal(world, proving(entry(), { level: 0, proofRef: ZERO_HASH }, key))).toBe('WrongKey()')
  })

  test('cost nothing when a key signed that never was the node’s', async () => {
    expect(await refusal(scene.world, proving(entry(), { responseHash: hashOf('another answer') }, scene.author))).toBe('WrongKey()')
    const forged = { ...entry(), signature: signReceipt(scene, entry().receipt, scene.author) }
    expect(await refusal(scene.world, proving(forged, { price: 1n }))).toBe('WrongKey()')
  })
})
