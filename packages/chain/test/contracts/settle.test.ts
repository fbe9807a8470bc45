import { ADDRESSES, nodesAbi, settlementAbi, tillOf, wopgAbi } from '@opengradient/contracts'
import { type Address, type Hex, receiptHash, ZERO_ADDRESS, ZERO_HASH } from '@opengradient/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { eventsNamed, read, refusal, write } from './calls.ts'
import {
  createScene,
  DAY,
  HOUR,
  hashOf,
  highS,
  makeEntry,
  OPG,
  publishing,
  registering,
  type Scene,
  settling,
  signReceipt,
} from './scenario.ts'

let scene: Scene
beforeEach(async () => {
  scene = await createScene()
})

const credit = (account: Address) => read(scene.world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'credits', args: [account] })
const wopgOf = (account: Address) => read(scene.world, { abi: wopgAbi, to: ADDRESSES.wopg, name: 'balanceOf', args: [account] })

describe('a settled payment', () => {
  test('moves the price from the payer to Settlement and leaves nothing in the till', async () => {
    const before = await wopgOf(scene.payer.address)
    await write(scene.world, settling(makeEntry(scene, { price: OPG })))
    expect(await wopgOf(scene.payer.address)).toBe(before - OPG)
    expect(await wopgOf(tillOf(scene.node.address))).toBe(0n)
    expect(await wopgOf(ADDRESSES.settlement)).toBe(OPG)
  })

  test('is shared among node, author, parent author, stakers and treasury', async () => {
    await write(scene.world, settling(makeEntry(scene, { price: OPG })))
    const parts = [scene.node.address, scene.author.address, scene.parentAuthor.address, ADDRESSES.rewards, ADDRESSES.treasury]
    // Fee 2 %, royalty 10 % of which a fifth is the parent's.
    expect(await Promise.all(parts.map(credit))).toEqual([88n, 8n, 2n, 1n, 1n].map((percent) => (OPG * percent) / 100n))
  })

  test('pays the royalty floor where it is above the rate', async () => {
    await write(scene.world, settling(makeEntry(scene, { price: OPG / 500n })))
    expect(await credit(scene.author.address)).toBe(((OPG / 1000n) * 8n) / 10n)
  })

  test('gives rounding dust to the node', async () => {
    const { world, author } = scene
    await write(world, publishing(author.address, { name: 'bob/odd', manifestHash: hashOf('odd'), royaltyBps: 1 }))
    const modelId = await read(world, { ...publishing(author.address, { name: 'bob/odd', manifestHash: hashOf('odd'), royaltyBps: 1 }) })
    await write(world, settling(makeEntry(scene, { price: 9_999n, receipt: { modelId } })))
    expect(await credit(author.address)).toBe(0n)
    expect(await credit(ADDRESSES.rewards)).toBe(99n)
    expect(await credit(ADDRESSES.treasury)).toBe(99n)
    expect(await credit(scene.node.address)).toBe(9_999n - 198n)
  })

  test('is recorded under its payment with the hash of the receipt', async () => {
    const entry = makeEntry(scene)
    const outcome = await write(scene.world, settling(entry))
    const hash = receiptHash(entry.receipt, scene.world.domain)
    const { paymentId, node, payer, modelId, price } = entry.receipt
    expect(await read(scene.world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'settled', args: [paymentId] })).toBe(hash)
    expect(eventsNamed(outcome, 'Settled')).toEqual([{ paymentId, receiptHash: hash, node, payer, modelId, price }])
  })

  test('credits nobody with nothing', async () => {
    const { world, parentAuthor } = scene
    const free = await write(world, settling(makeEntry(scene, { price: OPG, receipt: { modelId: scene.parentId } })))
    expect(eventsNamed(free, 'Credited').map(({ account }) => account)).toEqual([scene.node.address, ADDRESSES.rewards, ADDRESSES.treasury])
    expect(await credit(parentAuthor.address)).toBe(0n)
  })

  test('may be brought by anybody', async () => {
    await write(scene.world, settling(makeEntry(scene), scene.stranger.address))
    expect(await credit(scene.stranger.address)).toBe(0n)
    expect(await credit(scene.node.address)).toBeGreaterThan(0n)
  })
})

describe('settle refuses', () => {
  const refused = (entry: ReturnType<typeof makeEntry>) => refusal(scene.world, settling(entry))

  test('a level whose proof is not checked here', async () => {
    expect(await refused(makeEntry(scene, { receipt: { level: 1 } }))).toBe('UnsupportedLevel()')
    expect(await refused(makeEntry(scene, { receipt: { level: 129 } }))).toBe('UnsupportedLevel()')
  })

  test('a proof reference at level signature', async () => {
    expect(await refused(makeEntry(scene, { receipt: { proofRef: hashOf('keyset') } }))).toBe('UnsupportedLevel()')
  })

  test('a receipt that nobody pays', async () => {
    expect(await refused(makeEntry(scene, { receipt: { payer: ZERO_ADDRESS } }))).toBe('NoPayer()')
  })

  test('a price of zero, and one that no sum could hold', async () => {
    expect(await refused(makeEntry(scene, { price: 0n }))).toBe('BadPrice()')
    expect(await refused(makeEntry(scene, { price: 2n ** 128n - 1n }))).toContain('ERC20InsufficientBalance')
    expect(await refused(makeEntry(scene, { price: 2n ** 128n }))).toBe('BadPrice()')
    expect(await refused(makeEntry(scene, { price: 2n ** 256n - 1n }))).toBe('BadPrice()')
  })

  test('a receipt dated more than an hour from the block', async () => {
    const now = scene.world.now()
    expect(await refused(makeEntry(scene, { receipt: { issuedAt: now - HOUR - 1n } }))).toBe('OutsideTimeWindow()')
    expect(await refused(makeEntry(scene, { receipt: { issuedAt: now + HOUR + 1n } }))).toBe('OutsideTimeWindow()')
    expect(await refused(makeEntry(scene, { receipt: { issuedAt: 2n ** 64n - 1n } }))).toBe('OutsideTimeWindow()')
    await write(scene.world, settling(makeEntry(scene, { receipt: { issuedAt: now - HOUR } })))
    await write(scene.world, settling(makeEntry(scene, { receipt: { issuedAt: now + HOUR } })))
  })

  test('a paymentId of another nonce, payer, scheme, or none', async () => {
    expect(await refused(makeEntry(scene, { receipt: { paymentId: hashOf('other') } }))).toBe('WrongPaymentId()')
    expect(await refused(makeEntry(scene, { receipt: { paymentId: ZERO_HASH } }))).toBe('WrongPaymentId()')
    expect(await refused(makeEntry(scene, { receipt: { payer: scene.stranger.address } }))).toBe('WrongPaymentId()')
  })

  test('the same payment twice, even with another receipt', async () => {
    const nonce = hashOf('one nonce')
    await write(scene.world, settling(makeEntry(scene, { nonce })))
    expect(await refused(makeEntry(scene, { nonce }))).toBe('AlreadySettled()')
    expect(await refused(makeEntry(scene, { nonce, receipt: { responseHash: hashOf('another answer') } }))).toBe('AlreadySettled()')
  })

  test('a signature that is not the one form of it', async () => {
    const entry = makeEntry(scene)
    expect(await refused({ ...entry, signature: highS(entry.signature) })).toBe('BadSignature()')
    expect(await refused({ ...entry, signature: entry.signature.slice(0, -2) as Hex })).toBe('BadSignature()')
    expect(await refused({ ...entry, signature: `${entry.signature}00` })).toBe('BadSignature()')
    expect(await refused({ ...entry, signature: `${entry.signature.slice(0, -2)}00` as Hex })).toBe('BadSignature()')
    expect(await refused({ ...entry, signature: '0x' })).toBe('BadSignature()')
    expect(await refused({ ...entry, signature: `0x${'00'.repeat(65)}` })).toBe('BadSignature()')
  })

  test('a receipt changed after signing', async () => {
    const entry = makeEntry(scene)
    expect(await refused({ ...entry, receipt: { ...entry.receipt, responseHash: hashOf('altered') } })).toBe('WrongKey()')
  })

  test('a signer that is no key of the node, its account included', async () => {
    expect(await refused(makeEntry(scene, { receiptKey: scene.stranger }))).toBe('WrongKey()')
    expect(await refused(makeEntry(scene, { receiptKey: scene.node }))).toBe('WrongKey()')
  })

  test('a key that was retired an hour ago, but not one retired just now', async () => {
    const { world, node } = scene
    await write(world, { abi: nodesAbi, to: ADDRESSES.nodes, name: 'rotateKey', args: [scene.stranger.address], from: node.address })
    world.advance(HOUR - 1n)
    await write(world, settling(makeEntry(scene)))
    await write(world, settling(makeEntry(scene, { receiptKey: scene.stranger })))
    world.advance(1)
    expect(await refused(makeEntry(scene))).toBe('WrongKey()')
  })

  test('an account that is no node', async () => {
    expect(await refused(makeEntry(scene, { receipt: { node: scene.stranger.address }, receiptKey: scene.stranger }))).toBe('NotBonded()')
    expect(await refused(makeEntry(scene, { receipt: { node: ZERO_ADDRESS } }))).toBe('NotBonded()')
  })

  test('what a node issues after announcing its leave, but not what it had issued', async () => {
    const { world, node } = scene
    const earlier = makeEntry(scene)
    await write(world, { abi: nodesAbi, to: ADDRESSES.nodes, name: 'unbond', args: [], from: node.address })
    world.advance(1)
    expect(await refused(makeEntry(scene))).toBe('NodeIsLeaving()')
    await write(world, settling(earlier))
  })

  test('a node that has left', async () => {
    const { world, node } = scene
    await write(world, { abi: nodesAbi, to: ADDRESSES.nodes, name: 'unbond', args: [], from: node.address })
    world.advance(7n * DAY)
    await write(world, { abi: nodesAbi, to: ADDRESSES.nodes, name: 'withdrawBond', args: [], from: node.address })
    expect(await refused(makeEntry(scene))).toBe('NotBonded()')
  })

  test('a model that was never published', async () => {
    expect(await refused(makeEntry(scene, { receipt: { modelId: hashOf('unknown') } }))).toBe('UnknownModel()')
    expect(await refused(makeEntry(scene, { receipt: { modelId: ZERO_HASH } }))).toBe('UnknownModel()')
  })

  test('a price below royalty floor and fee together', async () => {
    const floor = OPG / 1000n
    expect(await refused(makeEntry(scene, { price: floor }))).toBe('PriceBelowRoyalty()')
    // 2 % of the price are the fee, in two halves that are rounded down: at the least the node has nothing.
    const least = (floor * 10_000n) / 9_800n
    expect(least).toBe(floor + 2n * (least / 100n))
    expect(await refused(makeEntry(scene, { price: least - 1n }))).toBe('PriceBelowRoyalty()')
    await write(scene.world, settling(makeEntry(scene, { price: least })))
  })

  test('an authorisation of another amount than the price', async () => {
    const value = OPG / 10n
    expect(await refused(makeEntry(scene, { price: value, authorisation: { value: value - 1n } }))).toBe('ERC3009InvalidSignature()')
    expect(await refused(makeEntry(scene, { price: value, authorisation: { value: value + 1n } }))).toBe('ERC3009InvalidSignature()')
  })

  test('an authorisation before or after its time', async () => {
    const now = scene.world.now()
    expect(await refused(makeEntry(scene, { authorisation: { validAfter: now } }))).toContain('ERC3009InvalidAuthorizationTime')
    expect(await refused(makeEntry(scene, { authorisation: { validBefore: now } }))).toContain('ERC3009InvalidAuthorizationTime')
    await write(scene.world, settling(makeEntry(scene, { authorisation: { validAfter: now - 1n, validBefore: now + 1n } })))
  })

  test('a payer that has not enough WOPG', async () => {
    expect(await refused(makeEntry(scene, { price: 1_001n * OPG }))).toContain('ERC20InsufficientBalance')
    expect(await refused(makeEntry(scene, { payer: scene.stranger, receipt: { payer: scene.stranger.address } }))).toContain(
      'ERC20InsufficientBalance',
    )
  })

  test('and then leaves no trace: the payment can still be settled', async () => {
    const nonce = hashOf('second chance')
    expect(await refused(makeEntry(scene, { nonce, receiptKey: scene.stranger }))).toBe('WrongKey()')
    expect(await refused(makeEntry(scene, { nonce, authorisation: { value: 1n } }))).toBe('ERC3009InvalidSignature()')
    await write(scene.world, settling(makeEntry(scene, { nonce })))
  })
})

test('a settled receipt of one node says nothing about another node with the same key', async () => {
  const { world, stranger, key } = scene
  await write(world, registering(stranger.address, key.address))
  const entry = makeEntry(scene)
  const claimed = { ...entry.receipt, node: stranger.address }
  // The stranger registered the victim's key for itself, but cannot sign with it; and the payment names the victim's till.
  expect(await refusal(world, settling({ ...entry, receipt: claimed }))).toBe('WrongKey()')
  expect(await refusal(world, settling({ ...entry, receipt: claimed, signature: signReceipt(scene, claimed) }))).toBe(
    'ERC3009InvalidSignature()',
  )
})
