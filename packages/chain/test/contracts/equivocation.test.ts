import { ADDRESSES, nodesAbi, settlementAbi, tillOf, wopgAbi } from '@opengradient/contracts'
import { type Address, devAccount, type Hex, type Receipt, receiptHash, signDigest, ZERO_ADDRESS, ZERO_HASH } from '@opengradient/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { eventsNamed, read, refusal, write } from './calls.ts'
import { BOND, createScene, DAY, hashOf, highS, makeEntry, registering, type Scene, settling, signReceipt } from './scenario.ts'

let scene: Scene
beforeEach(async () => {
  scene = await createScene()
})

const nodes = { abi: nodesAbi, to: ADDRESSES.nodes } as const
const nodeOf = (account: Address) => read(scene.world, { ...nodes, name: 'node', args: [account] })
const credit = (account: Address) => read(scene.world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'credits', args: [account] })

interface Signed {
  readonly receipt: Receipt
  readonly signature: Hex
}

/** Two receipts of the node for one payment, told apart by `change`. */
function pair(change: Partial<Receipt> = { responseHash: hashOf('another answer') }): [Signed, Signed] {
  const { receipt, signature } = makeEntry(scene)
  const second = { ...receipt, ...change }
  return [
    { receipt, signature },
    { receipt: second, signature: signReceipt(scene, second) },
  ]
}

function proving([a, b]: readonly [Signed, Signed], from = scene.stranger.address) {
  const args = [a.receipt, a.signature, b.receipt, b.signature] as const
  return { abi: settlementAbi, to: ADDRESSES.settlement, name: 'equivocation', args, from } as const
}

describe('two receipts for one payment', () => {
  test('cost the node its whole bond: 5 % to the reporter, the rest to the treasury, as WOPG that Settlement holds', async () => {
    const [a, b] = pair()
    const outcome = await write(scene.world, proving([a, b]))
    const reward = BOND / 20n
    expect(await credit(scene.stranger.address)).toBe(reward)
    expect(await credit(ADDRESSES.treasury)).toBe(BOND - reward)
    expect(await scene.world.balance(ADDRESSES.nodes)).toBe(0n)
    expect(await read(scene.world, { abi: wopgAbi, to: ADDRESSES.wopg, name: 'balanceOf', args: [ADDRESSES.settlement] })).toBe(BOND)
    const { node, paymentId } = a.receipt
    expect(eventsNamed(outcome, 'Equivocated')).toEqual([{ node, paymentId, reporter: scene.stranger.address }])
    expect(eventsNamed(outcome, 'Slashed')).toEqual([{ node, amount: BOND, reporter: scene.stranger.address, reward }])
  })

  test('prove it in either order, settled or not', async () => {
    const entry = makeEntry(scene)
    await write(scene.world, settling(entry))
    const other = { ...entry.receipt, price: entry.receipt.price + 1n }
    await write(scene.world, proving([{ receipt: other, signature: signReceipt(scene, other) }, entry]))
    expect((await nodeOf(scene.node.address)).bond).toBe(0n)
  })

  test('prove it by any difference, whatever the level or the receipts say', async () => {
    for (const change of [
      { issuedAt: 0n },
      { price: 0n },
      { level: 129 as const },
      { payer: ZERO_ADDRESS },
      { requestId: hashOf('retry') },
    ]) {
      await scene.world.undoing(() => write(scene.world, proving(pair(change))))
    }
  })

  test('prove it also with a key that was retired less than 7 days ago, or one old and one new', async () => {
    const { world, node } = scene
    const next = devAccount(world.chainId, 80)
    await write(world, { ...nodes, name: 'rotateKey', args: [next.address], from: node.address })
    const [a, b] = pair()
    world.advance(7n * DAY - 1n)
    await world.undoing(() => write(world, proving([a, { ...b, signature: signReceipt(scene, b.receipt, next) }])))
    await world.undoing(() => write(world, proving([a, b])))
    world.advance(1)
    expect(await refusal(world, proving([a, b]))).toBe('WrongKey()')
  })

  test('end what the node may do, for ever', async () => {
    const { world, node } = scene
    await write(world, proving(pair()))
    expect(await refusal(world, settling(makeEntry(scene)))).toBe('NotBonded()')
    expect(await refusal(world, registering(node.address, devAccount(world.chainId, 81).address))).toBe('AlreadyRegistered()')
    for (const call of [
      { ...nodes, name: 'addBond', args: [], value: BOND },
      { ...nodes, name: 'unbond', args: [] },
      { ...nodes, name: 'withdrawBond', args: [] },
      { ...nodes, name: 'rotateKey', args: [devAccount(world.chainId, 82).address] },
      { ...nodes, name: 'setEndpoint', args: ['https://again.example'] },
      { ...nodes, name: 'setPrice', args: [scene.modelId, 0, 1n, true] },
    ] as const) {
      expect(await refusal(world, { ...call, from: node.address } as Parameters<typeof refusal>[1])).toBe('NotRegistered()')
    }
    expect(await read(world, { ...nodes, name: 'isActive', args: [node.address] })).toBe(false)
    expect(await nodeOf(node.address)).toMatchObject({ bond: 0n, slashedAt: world.now() })
    const [, until] = await read(world, { ...nodes, name: 'keyInterval', args: [node.address, scene.key.address] })
    expect(until).toBe(world.now())
  })

  test('cost a bond once', async () => {
    const receipts = pair()
    await write(scene.world, proving(receipts))
    expect(await refusal(scene.world, proving(receipts))).toBe('NothingToSlash()')
  })
})

describe('running from it does not help', () => {
  test('announcing the leave first: the bond stays 7 days, and until it is taken out', async () => {
    const { world, node } = scene
    const receipts = pair()
    await write(world, { ...nodes, name: 'unbond', args: [], from: node.address })
    world.advance(7n * DAY - 1n)
    expect(await refusal(world, { ...nodes, name: 'withdrawBond', args: [], from: node.address })).toContain('StillBonded')
    world.advance(DAY)
    await write(world, proving(receipts))
    expect(await refusal(world, { ...nodes, name: 'withdrawBond', args: [], from: node.address })).toBe('NotRegistered()')
  })

  test('reporting oneself returns the reward and costs the rest', async () => {
    const { world, node } = scene
    const before = await world.balance(node.address)
    await write(world, proving(pair(), node.address))
    await write(world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'withdraw', args: [node.address], from: node.address })
    expect(await world.balance(node.address)).toBe(before + BOND / 20n)
  })

  test('leaving and coming back with a new key keeps the old offence in reach of the new bond', async () => {
    const { world, node } = scene
    const receipts = pair()
    await write(world, { ...nodes, name: 'unbond', args: [], from: node.address })
    world.advance(7n * DAY)
    await write(world, { ...nodes, name: 'withdrawBond', args: [], from: node.address })
    expect(await refusal(world, proving(receipts))).toBe('NothingToSlash()')
    await write(world, registering(node.address, devAccount(world.chainId, 83).address))
    await write(world, proving(receipts))
  })
})

describe('nobody is slashed for', () => {
  const innocent = async (receipts: readonly [Signed, Signed], reason = 'NotEquivocation()') => {
    expect(await refusal(scene.world, proving(receipts))).toBe(reason)
    expect((await nodeOf(scene.node.address)).bond).toBe(BOND)
  }

  test('one receipt given twice', async () => {
    const [a] = pair()
    await innocent([a, a])
  })

  test('one receipt and a copy of it with the other signature', async () => {
    const [a] = pair()
    await innocent([a, { ...a, signature: highS(a.signature) }])
  })

  test('a high-s copy even of a second receipt', async () => {
    const [a, b] = pair()
    await innocent([a, { ...b, signature: highS(b.signature) }], 'BadSignature()')
  })

  test('two free requests', async () => {
    const free = makeEntry(scene, { receipt: { paymentId: ZERO_HASH, price: 0n, payer: ZERO_ADDRESS } })
    const other = { ...free.receipt, requestId: hashOf('another request') }
    await innocent([free, { receipt: other, signature: signReceipt(scene, other) }])
  })

  test('two payments, like a retry with a new authorisation', async () => {
    const [a, b] = [makeEntry(scene), makeEntry(scene)]
    await innocent([a, { ...b, receipt: b.receipt }])
  })

  test('what another node signed for the same payment', async () => {
    const { world, stranger } = scene
    const key = devAccount(world.chainId, 84)
    await write(world, registering(stranger.address, key.address))
    const [a] = pair()
    const theirs = { ...a.receipt, node: stranger.address }
    await innocent([a, { receipt: theirs, signature: signReceipt(scene, theirs, key) }])
  })

  test('what a key signed that was never the node’s, another node’s included', async () => {
    const { world, stranger } = scene
    const key = devAccount(world.chainId, 85)
    await write(world, registering(stranger.address, key.address))
    const [a, b] = pair()
    await innocent([a, { ...b, signature: signReceipt(scene, b.receipt, key) }], 'WrongKey()')
    await innocent([{ ...a, signature: signReceipt(scene, a.receipt, key) }, b], 'WrongKey()')
    await innocent([a, { ...b, signature: signReceipt(scene, b.receipt, scene.node) }], 'WrongKey()')
  })

  test('what it signed for another chain or another Settlement', async () => {
    const [a, b] = pair()
    await innocent([a, { ...b, signature: signReceipt(scene, b.receipt, scene.key, scene.world.chainId + 1n) }], 'WrongKey()')
    const elsewhere = receiptHash(b.receipt, { chainId: scene.world.chainId, settlement: tillOf(scene.node.address) })
    await innocent([a, { ...b, signature: signDigest(elsewhere, scene.key.privateKey) }], 'WrongKey()')
  })

  test('registering as its own a key that a stranger holds: the stranger cannot be accused with it', async () => {
    // An attacker registers the node's public key for itself; what the node signs still names the node only.
    await write(scene.world, registering(scene.stranger.address, scene.key.address))
    const [a, b] = pair()
    const framed = { ...b.receipt, node: scene.stranger.address }
    await innocent([a, { receipt: framed, signature: b.signature }])
    await innocent(
      [
        { ...a, receipt: { ...a.receipt, node: scene.stranger.address } },
        { receipt: framed, signature: b.signature },
      ],
      'WrongKey()',
    )
  })
})

test('only Settlement can slash', async () => {
  for (const from of [scene.stranger.address, scene.node.address, ADDRESSES.timelock, ADDRESSES.nodes]) {
    expect(await refusal(scene.world, { ...nodes, name: 'slash', args: [scene.node.address, from], from })).toBe('OnlySettlement()')
  }
})
