import { ADDRESSES, nodesAbi, settlementAbi, tillOf, wopgAbi } from '@opengradient/contracts'
import { type Address, type DevAccount, devAccount, type Hex, modelIdFromHash, ZERO_HASH } from '@opengradient/protocol'
import { beforeEach, expect, test } from 'vitest'
import { burningWallet, carefulWallet, passwordWallet, refuser, slowWallet, thoroughWallet } from './attackers.ts'
import { attempt, errorText, eventsNamed, read, refusal, write } from './calls.ts'
import {
  createScene,
  type Entry,
  hashOf,
  highS,
  makeEntry,
  OPG,
  publishing,
  registering,
  type Scene,
  settling,
  settlingMany,
} from './scenario.ts'

let scene: Scene
beforeEach(async () => {
  scene = await createScene()
})

const credit = (account: Address) => read(scene.world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'credits', args: [account] })
const isSettled = async ({ receipt }: Entry) =>
  BigInt(await read(scene.world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'settled', args: [receipt.paymentId] })) !== 0n

/** Settles a list; which entries were settled, and why the others were not. */
async function settleList(entries: readonly Entry[]) {
  const done = await read(scene.world, settlingMany(entries))
  const outcome = await write(scene.world, settlingMany(entries))
  const failures = eventsNamed(outcome, 'SettleFailed').map(({ paymentId, node, reason }) => ({
    paymentId,
    node,
    reason: errorText(reason as Hex),
  }))
  return { done, failures, outcome }
}

/** An account that is a contract with this code, and has 1 WOPG. */
async function contractWallet(index: number, code: Hex): Promise<DevAccount> {
  const wallet = devAccount(scene.world.chainId, index)
  await scene.world.setCode(wallet.address, code)
  const deposit = { abi: wopgAbi, to: ADDRESSES.wopg, name: 'depositFor', args: [wallet.address] } as const
  await write(scene.world, { ...deposit, from: scene.payer.address, value: OPG })
  return wallet
}

test('one bad entry does not stop the others, and each says why', async () => {
  const { world, node, stranger } = scene
  const good = [makeEntry(scene), makeEntry(scene), makeEntry(scene)] as const
  const high = makeEntry(scene)
  const bad: readonly (readonly [Entry, string])[] = [
    [makeEntry(scene, { receipt: { level: 2 } }), 'UnsupportedLevel()'],
    [makeEntry(scene, { price: 0n }), 'BadPrice()'],
    [makeEntry(scene, { price: 2n ** 256n - 1n }), 'BadPrice()'],
    [makeEntry(scene, { receipt: { issuedAt: 0n } }), 'OutsideTimeWindow()'],
    [makeEntry(scene, { receipt: { issuedAt: 2n ** 64n - 1n } }), 'OutsideTimeWindow()'],
    [makeEntry(scene, { receiptKey: stranger }), 'WrongKey()'],
    [{ ...high, signature: highS(high.signature) }, 'BadSignature()'],
    [makeEntry(scene, { receipt: { node: stranger.address } }), 'NotBonded()'],
    [makeEntry(scene, { receipt: { modelId: ZERO_HASH } }), 'UnknownModel()'],
    [makeEntry(scene, { receipt: { modelId: hashOf('unknown') } }), 'UnknownModel()'],
    [makeEntry(scene, { price: 1n }), 'PriceBelowRoyalty()'],
    [makeEntry(scene, { authorisation: { value: 1n } }), 'ERC3009InvalidSignature()'],
    [{ ...makeEntry(scene), payment: { ...makeEntry(scene).payment, signature: '0x' } }, 'WrongPaymentId()'],
  ]
  const entries = [good[0], ...bad.slice(0, 6).map(([entry]) => entry), good[1], ...bad.slice(6).map(([entry]) => entry), good[2]]
  const { done, failures } = await settleList(entries)
  expect(done).toEqual(entries.map((entry) => (good as readonly Entry[]).includes(entry)))
  expect(failures).toEqual(bad.map(([{ receipt }, reason]) => ({ paymentId: receipt.paymentId, node: receipt.node, reason })))
  for (const [entry] of bad) expect(await isSettled(entry)).toBe(false)
  for (const entry of good) expect(await isSettled(entry)).toBe(true)
  expect(await credit(node.address)).toBe((3n * ((OPG / 10n) * 88n)) / 100n)
  expect(await read(world, { abi: wopgAbi, to: ADDRESSES.wopg, name: 'balanceOf', args: [tillOf(node.address)] })).toBe(0n)
})

test('a list credits exactly what its entries would one by one, over several nodes and models', async () => {
  const { world, author, stranger } = scene
  const otherKey = devAccount(world.chainId, 78)
  await write(world, registering(stranger.address, otherKey.address))
  await write(world, publishing(author.address, { name: 'bob/other', manifestHash: hashOf('other'), royaltyBps: 3333 }))
  const otherModel = modelIdFromHash(author.address, hashOf('other'))
  const there = { receipt: { node: stranger.address }, receiptKey: otherKey }
  const entries = [
    makeEntry(scene, { price: 12_345_678_901_234_567n }),
    makeEntry(scene, { price: 7_777_777_777_777_777n, ...there }),
    makeEntry(scene, { price: 7_777_777_777_777_771n, receipt: { modelId: otherModel } }),
    makeEntry(scene, { price: 2_020_202_020_202_020n, receipt: { ...there.receipt, modelId: otherModel }, receiptKey: otherKey }),
    makeEntry(scene, { price: 9_999_999_999_999_999n }),
  ]
  const accounts = [scene.node.address, stranger.address, author.address, scene.parentAuthor.address, ADDRESSES.rewards, ADDRESSES.treasury]
  const together = await world.undoing(async () => {
    expect((await settleList(entries)).done).toEqual(entries.map(() => true))
    return Promise.all(accounts.map(credit))
  })
  for (const entry of entries) await write(world, settling(entry))
  expect(together).toEqual(await Promise.all(accounts.map(credit)))
})

test('the same payment twice in one list is paid once', async () => {
  const entry = makeEntry(scene)
  const { done, failures } = await settleList([entry, entry])
  expect(done).toEqual([true, false])
  expect(failures.map((f) => f.reason)).toEqual(['AlreadySettled()'])
  expect(await credit(scene.node.address)).toBe(((OPG / 10n) * 88n) / 100n)
})

test('two payments that the balance cannot both cover: the first is paid', async () => {
  const { done, failures } = await settleList([makeEntry(scene, { price: 600n * OPG }), makeEntry(scene, { price: 600n * OPG })])
  expect(done).toEqual([true, false])
  expect(failures[0]!.reason).toContain('ERC20InsufficientBalance')
})

test('a key rotated between two receipts of a list counts for both', async () => {
  const { world, node, stranger } = scene
  await write(world, { abi: nodesAbi, to: ADDRESSES.nodes, name: 'rotateKey', args: [stranger.address], from: node.address })
  const entries = [makeEntry(scene), makeEntry(scene, { receiptKey: stranger }), makeEntry(scene)]
  expect((await settleList(entries)).done).toEqual([true, true, true])
})

test('an empty list is nothing, lists of different length are refused', async () => {
  expect((await settleList([])).outcome.logs).toEqual([])
  const { receipt, signature, payment } = makeEntry(scene)
  for (const args of [
    [[receipt], [], [payment]],
    [[receipt], [signature], []],
    [[], [signature], [payment]],
  ] as const) {
    expect(await refusal(scene.world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'settleMany', args })).toBe('LengthMismatch()')
  }
})

test('too little gas stops the whole list instead of making good entries fail', async () => {
  const { world } = scene
  const wallet = await contractWallet(92, thoroughWallet)
  const slow = makeEntry(scene, { payer: wallet })
  const lists = [
    Array.from({ length: 5 }, () => makeEntry(scene)),
    // Of the gas for this one so much is left over when it fails that the call could go on without it.
    [{ ...slow, payment: { ...slow.payment, signature: '0x01' as Hex } }],
  ]
  for (const entries of lists) {
    const { outcome } = await world.undoing(() => settleList(entries))
    expect(eventsNamed(outcome, 'Settled').length).toBe(entries.length)
    for (let gas = 40_000n; gas < outcome.gas + 600_000n; gas += 10_000n) {
      await world.undoing(async () => {
        const tried = await attempt(world, { ...settlingMany(entries), gas })
        if (tried.ok) expect(eventsNamed(tried, 'Settled').length).toBe(entries.length)
        else expect(['InsufficientGas()', 'no reason']).toContain(errorText(tried.data))
      })
    }
  }
})

test('the least gas with which a list is settled is enough for a payment that needs as much as one may', async () => {
  const { world } = scene
  const wallet = await contractWallet(93, carefulWallet)
  const entry = makeEntry(scene, { payer: wallet })
  const entries = [{ ...entry, payment: { ...entry.payment, signature: '0x01' as Hex } }]
  const settles = (gas: bigint) =>
    world.undoing(async () => {
      const tried = await attempt(world, { ...settlingMany(entries), gas })
      return { ends: tried.ok, pays: eventsNamed(tried, 'Settled').length === 1 }
    })
  const asking = async (least: bigint) => {
    await world.setStorage(wallet.address, ZERO_HASH, least)
    return (await settles(2_000_000n)).pays
  }
  const tooMuch = await border(100_000n, 300_000n, async (least) => !(await asking(least)))
  expect(await asking(tooMuch - 1n)).toBe(true)
  const least = await border(100_000n, 2_000_000n, async (gas) => (await settles(gas)).ends)
  expect(await settles(least)).toEqual({ ends: true, pays: true })
  // Twice what a payment may take: nobody is asked for more than that.
  expect(least).toBeLessThan(600_000n)
})

/** The least number from `from` to `to` for which something is so, if it is so for all above, too. */
async function border(from: bigint, to: bigint, is: (number: bigint) => Promise<boolean>): Promise<bigint> {
  if (from === to) return from
  const middle = (from + to) / 2n
  return (await is(middle)) ? border(from, middle, is) : border(middle + 1n, to, is)
}

test.each([
  ['burns all its gas', burningWallet, 'ERC3009InvalidSignature()'],
  ['agrees but leaves no gas for the payment', slowWallet, 'PaymentRefused()'],
])('a payer whose contract wallet %s costs its own entry and no other', async (_, code, reason) => {
  const wallet = await contractWallet(90, code)
  const hostile = makeEntry(scene, { payer: wallet })
  const entries = [makeEntry(scene), { ...hostile, payment: { ...hostile.payment, signature: '0x01' as Hex } }, makeEntry(scene)]
  const { done, failures, outcome } = await settleList(entries)
  expect(done).toEqual([true, false, true])
  expect(failures.map((f) => f.reason)).toEqual([reason])
  expect(outcome.gas).toBeLessThan(800_000n)
})

test('a contract wallet pays by ERC-1271, and an account with code still by its own key', async () => {
  const { world } = scene
  const wallet = await contractWallet(91, passwordWallet)
  const byContract = makeEntry(scene, { payer: wallet })
  const sayingOpen = { ...byContract, payment: { ...byContract.payment, signature: '0x6f70656e' as Hex } }
  const sayingNothing = { ...byContract, payment: { ...byContract.payment, signature: '0x' as Hex } }
  expect((await settleList([sayingNothing, sayingOpen])).done).toEqual([false, true])

  // Code that refuses everything: only the key can have signed.
  await world.setCode(wallet.address, refuser)
  expect((await settleList([makeEntry(scene, { payer: wallet })])).done).toEqual([true])
})
