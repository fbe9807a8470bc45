import { ADDRESSES, heldPaymentsAbi, nodesAbi, settlementAbi } from '@opengradient/contracts'
import { creditSlot, decodeNode, nodeSlots, wopgBalanceSlot } from '@opengradient/contracts/slots'
import { type Address, devAccount, type Receipt, ZERO_HASH } from '@opengradient/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { attempt, errorText, eventsNamed, read, refusal, write } from './calls.ts'
import {
  accepting,
  CHALLENGE_BLOCKS,
  challenging,
  committing,
  createHeldScene,
  depositNow,
  failing,
  heldOf,
  PROOF_BLOCKS,
  penaltiesOf,
  penaltyOf,
  RESERVED,
  releasing,
  releasingMany,
  zkEntry,
} from './heldScene.ts'
import {
  BOND,
  createScene,
  DAY,
  type Entry,
  HOUR,
  hashOf,
  makeEntry,
  OPG,
  registering,
  type Scene,
  settling,
  settlingMany,
} from './scenario.ts'

const PRICE = OPG / 10n
const held = { abi: heldPaymentsAbi, to: ADDRESSES.heldPayments } as const
let scene: Scene
beforeEach(async () => {
  scene = await createHeldScene()
})

const credit = (account: Address) => scene.world.storage(ADDRESSES.settlement, creditSlot(account))
const bond = async () => decodeNode([await scene.world.storage(ADDRESSES.nodes, nodeSlots(scene.node.address)[0]!)]).bond

/** Node, author, parent's author, rewards, treasury, this contract: what each has as credit. */
const credits = () =>
  Promise.all(
    [
      scene.node.address,
      scene.author.address,
      scene.parentAuthor.address,
      ADDRESSES.rewards,
      ADDRESSES.treasury,
      ADDRESSES.heldPayments,
    ].map(credit),
  )

/** 0.1 OPG: royalty 10 %, a fifth of it to the parent; fee 2 %. */
const SHARED = [88n, 8n, 2n, 1n, 1n, 0n].map((percent) => (PRICE * percent) / 100n)

async function settled(options: Parameters<typeof zkEntry>[1] = {}): Promise<Entry> {
  const entry = zkEntry(scene, { price: PRICE, ...options })
  await write(scene.world, settling(entry))
  return entry
}

async function challenged(): Promise<Entry> {
  const entry = await settled()
  await write(scene.world, challenging(entry.receipt, await depositNow(scene.world)))
  return entry
}

describe('settle refuses a zk receipt', () => {
  test('of a model that nobody can prove', async () => {
    expect(await refusal(scene.world, settling(zkEntry(scene, { receipt: { modelId: scene.parentId } })))).toBe('NotProvable()')
  })

  test('without a statement, and of any level that does not exist', async () => {
    expect(await refusal(scene.world, settling(zkEntry(scene, { receipt: { proofRef: ZERO_HASH } })))).toBe('UnsupportedLevel()')
    for (const level of [3, 127, 128, 130, 255]) {
      const receipt = { level: level as Receipt['level'], proofRef: hashOf('statement') }
      expect(await refusal(scene.world, settling(makeEntry(scene, { receipt }))), `${level}`).toBe('UnsupportedLevel()')
    }
  })

  test('whose penalty the bond cannot answer for beside those of the node’s other held payments', async () => {
    const most = (BOND - RESERVED) / 10n
    expect(await refusal(scene.world, settling(zkEntry(scene, { price: most + 1n })))).toBe('PenaltyAboveBond()')
    await settled({ price: most - PRICE })
    await settled()
    expect(await penaltiesOf(scene.world, scene.node.address)).toBe(BOND - RESERVED)
    const smallest = zkEntry(scene, { price: OPG / 500n })
    expect(await refusal(scene.world, settling(smallest))).toBe('PenaltyAboveBond()')
    // In a list it is left out and says so; payments of level signature are settled all the same.
    const outcome = await write(scene.world, settlingMany([smallest, makeEntry(scene)]))
    expect(eventsNamed(outcome, 'SettleFailed').map(({ reason }) => errorText(reason as `0x${string}`))).toEqual(['PenaltyAboveBond()'])
    expect(eventsNamed(outcome, 'Settled')).toHaveLength(1)
    await write(scene.world, { abi: nodesAbi, to: ADDRESSES.nodes, name: 'addBond', args: [], from: scene.node.address, value: OPG })
    await write(scene.world, settling(smallest))
  })

  test('that nobody signed, as at any other level, and then holds nothing', async () => {
    const entry = zkEntry(scene, { price: PRICE })
    expect(await refusal(scene.world, settling({ ...entry, receipt: { ...entry.receipt, proofRef: hashOf('another') } }))).toBe(
      'WrongKey()',
    )
    const broke = zkEntry(scene, { payer: scene.stranger, receipt: { payer: scene.stranger.address } })
    expect(await refusal(scene.world, settling(broke))).toContain('ERC20InsufficientBalance')
    expect((await heldOf(scene.world, broke.receipt)).status).toBe('none')
    expect(await penaltiesOf(scene.world, scene.node.address)).toBe(0n)
  })
})

describe('a settled zk receipt', () => {
  test('is paid by the payer and by nobody shared: it waits', async () => {
    const entry = zkEntry(scene, { price: PRICE })
    const outcome = await write(scene.world, settling(entry))
    const { paymentId, node, payer } = entry.receipt
    expect(await credits()).toEqual([0n, 0n, 0n, 0n, 0n, PRICE])
    expect(await scene.world.storage(ADDRESSES.wopg, wopgBalanceSlot(scene.payer.address))).toBe(1_000n * OPG - PRICE)
    expect(await penaltiesOf(scene.world, scene.node.address)).toBe(penaltyOf(PRICE))
    expect(eventsNamed(outcome, 'Held')).toEqual([{ paymentId, node, payer, price: PRICE, penalty: penaltyOf(PRICE) }])
    expect(eventsNamed(outcome, 'Settled')).toHaveLength(1)
    expect(await heldOf(scene.world, entry.receipt)).toEqual({
      heldAt: scene.world.height(),
      challengedAt: 0n,
      deposit: 0n,
      feeBps: 200,
      status: 'held',
      bound: false,
    })
    expect(await read(scene.world, { ...held, name: 'held', args: [paymentId] })).toMatchObject({ status: 1, feeBps: 200 })
  })

  test('is settled once', async () => {
    const entry = await settled()
    expect(await refusal(scene.world, settling(entry))).toBe('AlreadySettled()')
  })

  test('stands in a list with others, each of them shared or held', async () => {
    const entries = [zkEntry(scene, { price: PRICE }), makeEntry(scene, { price: PRICE }), zkEntry(scene, { price: PRICE })]
    await write(scene.world, settlingMany(entries))
    expect(await credits()).toEqual([...SHARED.slice(0, 5), 2n * PRICE])
  })

  test('stands in a list with those of other nodes, and is held once', async () => {
    const { world, stranger } = scene
    const key = devAccount(world.chainId, 79)
    await write(world, registering(stranger.address, key.address))
    const there = () => makeEntry(scene, { price: PRICE, receipt: { node: stranger.address }, receiptKey: key })
    await write(world, settlingMany([zkEntry(scene, { price: PRICE }), there(), zkEntry(scene, { price: PRICE }), there()]))
    expect(await credits()).toEqual([0n, ...SHARED.slice(1, 5).map((part) => 2n * part), 2n * PRICE])
    expect(await credit(stranger.address)).toBe(2n * SHARED[0]!)
    // Every credit is there in WOPG, and no more.
    expect(await world.storage(ADDRESSES.wopg, wopgBalanceSlot(ADDRESSES.settlement))).toBe(4n * PRICE)
  })
})

describe('the price is shared out', () => {
  test('at the word of the payer, of nobody else', async () => {
    const { receipt } = await settled()
    expect(await refusal(scene.world, accepting(receipt, scene.node.address))).toBe('OnlyPayer()')
    expect(await refusal(scene.world, accepting({ ...receipt, payer: scene.node.address }))).toBe('NotSettled()')
    const outcome = await write(scene.world, accepting(receipt))
    expect(await credits()).toEqual(SHARED)
    expect(await penaltiesOf(scene.world, scene.node.address)).toBe(0n)
    expect(eventsNamed(outcome, 'Released')).toEqual([{ paymentId: receipt.paymentId, node: receipt.node, price: PRICE }])
  })

  test('when nobody has challenged it for 3,600 blocks', async () => {
    const { receipt } = await settled()
    const until = scene.world.height() + CHALLENGE_BLOCKS
    expect(await refusal(scene.world, releasing(receipt))).toBe(`TooEarly(${until})`)
    scene.world.mine(CHALLENGE_BLOCKS)
    expect(await refusal(scene.world, releasing(receipt))).toBe(`TooEarly(${until})`)
    scene.world.mine()
    await write(scene.world, releasing(receipt))
    expect(await credits()).toEqual(SHARED)
  })

  test('at the fee of the day on which it was settled', async () => {
    const { receipt } = await settled()
    const fee = { abi: settlementAbi, to: ADDRESSES.settlement, name: 'setFeeBps', args: [1000], from: ADDRESSES.timelock } as const
    await write(scene.world, fee)
    await write(scene.world, accepting(receipt))
    expect(await credits()).toEqual(SHARED)
  })

  test('once, whoever asks for it', async () => {
    const { receipt } = await settled()
    await settled()
    await write(scene.world, accepting(receipt))
    scene.world.mine(CHALLENGE_BLOCKS + 1n)
    for (const call of [accepting(receipt), releasing(receipt), failing(receipt)]) {
      expect(await refusal(scene.world, call)).toBe('NotHeld()')
    }
    expect(await refusal(scene.world, challenging(receipt, OPG))).toBe('NotHeld()')
    expect((await heldOf(scene.world, receipt)).status).toBe('released')
    expect(await credit(ADDRESSES.heldPayments)).toBe(PRICE)
  })

  test('for a list as far as it can be', async () => {
    const first = await settled()
    const second = await challenged()
    scene.world.mine(CHALLENGE_BLOCKS)
    const third = await settled()
    // The payer may still challenge it.
    expect(await read(scene.world, releasingMany([first.receipt]))).toEqual([false])
    scene.world.mine(1n)
    const lie = { ...first.receipt, node: scene.stranger.address }
    const free = makeEntry(scene)
    await write(scene.world, settling({ ...free }))
    const before = await credit(scene.node.address)
    const call = releasingMany([lie, first.receipt, first.receipt, second.receipt, third.receipt, free.receipt])
    expect(await read(scene.world, call)).toEqual([false, true, false, false, false, false])
    await write(scene.world, call)
    expect((await credit(scene.node.address)) - before).toBe(SHARED[0])
  })

  test('only for the receipt that consumed the payment', async () => {
    const { receipt } = await settled()
    scene.world.mine(CHALLENGE_BLOCKS + 1n)
    for (const lie of [{ price: PRICE - 1n }, { node: scene.stranger.address }, { modelId: scene.parentId }, { requestId: hashOf('x') }]) {
      expect(await refusal(scene.world, releasing({ ...receipt, ...lie }))).toBe('NotSettled()')
    }
    expect(await refusal(scene.world, releasing({ ...receipt, paymentId: hashOf('x') }))).toBe('NotHeld()')
    const signature = makeEntry(scene)
    await write(scene.world, settling(signature))
    expect(await refusal(scene.world, releasing(signature.receipt))).toBe('NotHeld()')
  })
})

describe('a challenge', () => {
  test('is the payer’s alone, in the first 3,600 blocks, with the gas of the proof', async () => {
    const { receipt } = await settled()
    const least = await depositNow(scene.world)
    expect(await refusal(scene.world, challenging(receipt, least, scene.stranger.address))).toBe('OnlyPayer()')
    expect(await refusal(scene.world, challenging(receipt, least - 1n))).toBe(`DepositTooSmall(${least})`)
    expect(await refusal(scene.world, challenging(receipt, 0n))).toBe(`DepositTooSmall(${least})`)
    expect(await refusal(scene.world, challenging({ ...receipt, price: 1n }, least))).toBe('NotSettled()')
    const until = scene.world.height() + CHALLENGE_BLOCKS
    scene.world.mine(CHALLENGE_BLOCKS)
    const outcome = await write(scene.world, challenging(receipt, least + 5n))
    const { paymentId, node } = receipt
    expect(eventsNamed(outcome, 'Challenged')).toEqual([
      { paymentId, node, deposit: least + 5n, until: scene.world.height() + PROOF_BLOCKS },
    ])
    expect(await refusal(scene.world, challenging(receipt, least))).toBe('AlreadyChallenged()')
    const late = zkEntry(scene, { price: PRICE, receipt: { issuedAt: scene.world.now() } })
    await write(scene.world, settling(late))
    scene.world.mine(CHALLENGE_BLOCKS + 1n)
    expect(await refusal(scene.world, challenging(late.receipt, least))).toBe(`TooLate(${until + CHALLENGE_BLOCKS})`)
  })

  test('keeps the money where it is, the deposit with it', async () => {
    const { receipt } = await challenged()
    const { deposit, status, challengedAt } = await heldOf(scene.world, receipt)
    expect({ status, challengedAt }).toEqual({ status: 'challenged', challengedAt: scene.world.height() })
    expect(await credit(ADDRESSES.heldPayments)).toBe(PRICE + deposit)
    scene.world.mine(CHALLENGE_BLOCKS + 1n)
    expect(await refusal(scene.world, releasing(receipt))).toBe('AlreadyChallenged()')
    // Or a payer could let the node bring its proof for nothing.
    expect(await refusal(scene.world, accepting(receipt))).toBe('AlreadyChallenged()')
  })

  test('without an answer for 21,600 blocks pays price, deposit and penalty to the payer', async () => {
    const { receipt } = await challenged()
    const { deposit } = await heldOf(scene.world, receipt)
    const until = scene.world.height() + PROOF_BLOCKS
    scene.world.mine(PROOF_BLOCKS)
    expect(await refusal(scene.world, failing(receipt))).toBe(`TooEarly(${until})`)
    scene.world.mine()
    const outcome = await write(scene.world, failing(receipt))
    const { paymentId, node, payer } = receipt
    const penalty = penaltyOf(PRICE)
    expect(eventsNamed(outcome, 'Failed')).toEqual([{ paymentId, node, payer, penalty }])
    expect(eventsNamed(outcome, 'Penalised')).toEqual([{ node, amount: penalty, beneficiary: payer, bond: BOND - penalty }])
    expect(await credit(payer)).toBe(PRICE + deposit + penalty)
    expect(await credits()).toEqual([0n, 0n, 0n, 0n, 0n, 0n])
    expect(await bond()).toBe(BOND - penalty)
    expect(await penaltiesOf(scene.world, node)).toBe(0n)
    expect(await refusal(scene.world, failing(receipt))).toBe('NotHeld()')
    expect((await heldOf(scene.world, receipt)).status).toBe('failed')
  })

  test('cannot fail without having been made', async () => {
    const { receipt } = await settled()
    scene.world.mine(PROOF_BLOCKS + CHALLENGE_BLOCKS + 1n)
    expect(await refusal(scene.world, failing(receipt))).toBe('NotChallenged()')
  })

  test('of the smallest price costs the node 0.1 OPG', async () => {
    expect(await read(scene.world, { ...held, name: 'penaltyOf', args: [1n] })).toBe(OPG / 10n)
    expect(await read(scene.world, { ...held, name: 'penaltyOf', args: [OPG / 100n] })).toBe(OPG / 10n)
    expect(await read(scene.world, { ...held, name: 'penaltyOf', args: [OPG / 100n + 1n] })).toBe(OPG / 10n + 10n)
  })

  test('of a node that was slashed meanwhile pays price and deposit', async () => {
    const { receipt } = await challenged()
    const { deposit } = await heldOf(scene.world, receipt)
    const a = makeEntry(scene)
    const b = makeEntry(scene, { nonce: a.payment.nonce, receipt: { responseHash: hashOf('another answer') } })
    const args = [a.receipt, a.signature, b.receipt, b.signature] as const
    await write(scene.world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'equivocation', args })
    scene.world.mine(PROOF_BLOCKS + 1n)
    await write(scene.world, failing(receipt))
    expect(await credit(receipt.payer)).toBe(PRICE + deposit)
    expect(await bond()).toBe(0n)
  })
})

describe('a bond', () => {
  const nodes = { abi: nodesAbi, to: ADDRESSES.nodes } as const
  const leave = () => attempt(scene.world, { ...nodes, name: 'withdrawBond', args: [], from: scene.node.address })

  test('does not leave while it answers for held payments, however slow the blocks are', async () => {
    const { receipt } = await settled()
    await write(scene.world, { ...nodes, name: 'unbond', args: [], from: scene.node.address })
    scene.world.advance(7n * DAY)
    expect(errorText((await leave()).data)).toBe('PenaltiesOutstanding()')
    scene.world.mine(CHALLENGE_BLOCKS + 1n)
    await write(scene.world, releasing(receipt))
    expect((await leave()).ok).toBe(true)
  })

  test('stays for longer than any held payment at a quarter of the usual speed', async () => {
    const unbonding = await read(scene.world, { ...nodes, name: 'UNBONDING', args: [] })
    expect(unbonding).toBeGreaterThan(HOUR + (CHALLENGE_BLOCKS + PROOF_BLOCKS) * 4n)
    expect(await read(scene.world, { ...held, name: 'CHALLENGE_BLOCKS', args: [] })).toBe(CHALLENGE_BLOCKS)
    expect(await read(scene.world, { ...held, name: 'PROOF_BLOCKS', args: [] })).toBe(PROOF_BLOCKS)
  })

  test('pays penalties to nobody but the payers of held payments', async () => {
    const call = { ...nodes, name: 'penalise', args: [scene.node.address, OPG, scene.stranger.address] } as const
    for (const from of [scene.stranger.address, ADDRESSES.settlement, ADDRESSES.timelock, scene.node.address]) {
      expect(await refusal(scene.world, { ...call, from })).toBe('OnlyHeldPayments()')
    }
  })

  test('cannot be taken out through own challenges below what equivocation takes', async () => {
    // The node pays itself, challenges itself and fails on purpose, as often as its bond lets it.
    for (let i = 0; i < 3; i++) {
      const price = ((await bond()) - RESERVED) / 10n
      if (price === 0n) break
      const entry = zkEntry(scene, { price })
      await write(scene.world, settling(entry))
      await write(scene.world, challenging(entry.receipt, await depositNow(scene.world)))
      scene.world.mine(PROOF_BLOCKS + 1n)
      await write(scene.world, failing(entry.receipt))
    }
    expect(await bond()).toBe(RESERVED)
    expect(await refusal(scene.world, settling(zkEntry(scene)))).toBe('PenaltyAboveBond()')
  })
})

describe('nobody else', () => {
  test('holds payments', async () => {
    const args = [hashOf('payment'), scene.node.address, scene.payer.address, PRICE, 0, false] as const
    for (const from of [scene.node.address, scene.stranger.address, ADDRESSES.nodes, ADDRESSES.timelock]) {
      expect(await refusal(scene.world, { ...held, name: 'hold', args, from })).toBe('OnlySettlement()')
    }
  })

  test('gives away credit that it does not have', async () => {
    await write(scene.world, settling(makeEntry(scene)))
    const settlement = { abi: settlementAbi, to: ADDRESSES.settlement } as const
    const to = [scene.stranger.address, scene.payer.address]
    const mine = await credit(scene.node.address)
    const move = (amounts: bigint[], accounts: Address[] = to) =>
      ({ ...settlement, name: 'move', args: [accounts, amounts], from: scene.node.address }) as const
    expect(await refusal(scene.world, move([mine, 1n]))).toBe('NotEnoughCredit(0)')
    expect(await refusal(scene.world, move([2n ** 256n - 1n, 2n]))).toBe(`NotEnoughCredit(${mine})`)
    expect(await refusal(scene.world, move([1n]))).toBe('LengthMismatch()')
    expect(await refusal(scene.world, { ...move([1n, 1n]), from: scene.stranger.address })).toBe('NotEnoughCredit(0)')
    await write(scene.world, move([5n, mine - 5n]))
    expect([await credit(scene.node.address), await credit(to[0]!), await credit(to[1]!)]).toEqual([0n, 5n, mine - 5n])
    await write(scene.world, { ...settlement, name: 'move', args: [[to[1]!], [mine - 5n]], from: to[1]! })
    expect(await credit(to[1]!)).toBe(mine - 5n)
  })

  test('funds credit with anything but native OPG', async () => {
    const before = await scene.world.balance(scene.stranger.address)
    const fund = {
      abi: settlementAbi,
      to: ADDRESSES.settlement,
      name: 'fund',
      args: [scene.payer.address],
      from: scene.stranger.address,
    } as const
    await write(scene.world, { ...fund, value: 7n })
    await write(scene.world, fund)
    expect(await credit(scene.payer.address)).toBe(7n)
    expect(await scene.world.balance(scene.stranger.address)).toBe(before - 7n)
  })
})

test('a model is committed to one integer model, by its author, for ever', async () => {
  const plain = await createScene()
  const models = { author: plain.author, modelId: plain.modelId }
  const call = committing(models, hashOf('integer model'))
  expect(await refusal(plain.world, { ...call, from: plain.stranger.address })).toBe('OnlyAuthor()')
  expect(await refusal(plain.world, committing({ ...models, modelId: hashOf('unknown') }, hashOf('x')))).toBe('OnlyAuthor()')
  expect(await refusal(plain.world, committing(models, ZERO_HASH))).toBe('NoZkModel()')
  const outcome = await write(plain.world, call)
  expect(eventsNamed(outcome, 'ZkCommitted')).toEqual([{ modelId: plain.modelId, zkModelId: hashOf('integer model') }])
  expect(await refusal(plain.world, call)).toBe(`ZkModelIsFixed(${hashOf('integer model')})`)
  expect(await refusal(plain.world, committing(models, hashOf('another')))).toBe(`ZkModelIsFixed(${hashOf('integer model')})`)
})
