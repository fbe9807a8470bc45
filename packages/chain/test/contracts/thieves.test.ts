import { ADDRESSES, settlementAbi, tillAbi, tillOf, wopgAbi } from '@opengradient/contracts'
import { type Address, devAccount, type Hex } from '@opengradient/protocol'
import { beforeEach, expect, test } from 'vitest'
import { read, refusal, write } from './calls.ts'
import {
  createScene,
  type Entry,
  HOUR,
  hashOf,
  makeEntry,
  OPG,
  registering,
  type Scene,
  settling,
  signAuthorisation,
  signCancellation,
  signReceipt,
} from './scenario.ts'

// Nobody but the till's node is ever paid by an authorisation. The thief is a registered, bonded node with its own key.
let scene: Scene
let thief: { readonly account: Address; readonly key: ReturnType<typeof devAccount> }
beforeEach(async () => {
  scene = await createScene()
  thief = { account: scene.stranger.address, key: devAccount(scene.world.chainId, 77) }
  await write(scene.world, registering(thief.account, thief.key.address))
})

const wopg = { abi: wopgAbi, to: ADDRESSES.wopg } as const
const credit = (account: Address) => read(scene.world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'credits', args: [account] })
const wopgOf = (account: Address) => read(scene.world, { ...wopg, name: 'balanceOf', args: [account] })

/** The payer's authorisation as anyone who saw it can send it to the token. */
function straight(entry: Entry, to = tillOf(entry.receipt.node)) {
  const { payer, price } = entry.receipt
  const { validAfter, validBefore, nonce, signature } = entry.payment
  const [r, s, v] = [signature.slice(0, 66) as Hex, `0x${signature.slice(66, 130)}` as Hex, Number(`0x${signature.slice(130)}`)]
  const fields = [payer, to, price, validAfter, validBefore, nonce] as const
  return {
    asBytes: { ...wopg, name: 'transferWithAuthorization', args: [...fields, signature] } as const,
    asVrs: { ...wopg, name: 'transferWithAuthorization', args: [...fields, v, r, s] } as const,
  }
}

test('a stolen payload pays nothing to the node that stole it', async () => {
  const entry = makeEntry(scene)
  const stolen = { ...entry.receipt, node: thief.account }
  const signature = signReceipt(scene, stolen, thief.key)
  expect(await refusal(scene.world, settling({ receipt: stolen, signature, payment: entry.payment }, thief.account))).toBe(
    'ERC3009InvalidSignature()',
  )
  // Naming the victim without the victim's key does not help either.
  const forged = signReceipt(scene, entry.receipt, thief.key)
  expect(await refusal(scene.world, settling({ ...entry, signature: forged }, thief.account))).toBe('WrongKey()')
  await write(scene.world, settling(entry))
  expect(await credit(thief.account)).toBe(0n)
})

test('nobody can spend the authorisation outside, so that the node would be left with a used nonce', async () => {
  const entry = makeEntry(scene)
  const { asBytes, asVrs } = straight(entry)
  for (const from of [thief.account, scene.payer.address, scene.node.address, tillOf(scene.node.address)]) {
    expect(await refusal(scene.world, { ...asBytes, from })).toBe('OnlyThroughSettlement()')
    expect(await refusal(scene.world, { ...asVrs, from })).toBe('OnlyThroughSettlement()')
  }
  await write(scene.world, settling(entry))
})

test('money in a till is drawn by Settlement alone, and by it only with a receipt', async () => {
  const till = tillOf(scene.node.address)
  await write(scene.world, { ...wopg, name: 'transfer', args: [till, OPG], from: scene.payer.address })
  for (const from of [thief.account, scene.node.address, ADDRESSES.nodes, ADDRESSES.timelock]) {
    expect(await refusal(scene.world, { abi: tillAbi, to: till, name: 'release', args: [ADDRESSES.wopg, OPG], from })).toBe(
      'OnlySettlement()',
    )
    expect(
      await refusal(scene.world, { abi: tillAbi, to: ADDRESSES.tillImplementation, name: 'release', args: [ADDRESSES.wopg, 0n], from }),
    ).toBe('OnlySettlement()')
  }
  // A settlement takes its price and not the rest.
  await write(scene.world, settling(makeEntry(scene, { price: OPG / 4n })))
  expect(await wopgOf(till)).toBe(OPG)
})

test('a cancelled authorisation settles nothing, and its nonce does not look paid', async () => {
  const entry = makeEntry(scene)
  const { nonce } = entry.payment
  const signature = signCancellation(scene.world.chainId, scene.payer, nonce)
  await write(scene.world, { ...wopg, name: 'cancelAuthorization', args: [scene.payer.address, nonce, signature] })
  expect(await read(scene.world, { ...wopg, name: 'authorizationState', args: [scene.payer.address, nonce] })).toBe(true)
  expect(await refusal(scene.world, settling(entry))).toContain('ERC3009UsedAuthorization')
  const settled = await read(scene.world, {
    abi: settlementAbi,
    to: ADDRESSES.settlement,
    name: 'settled',
    args: [entry.receipt.paymentId],
  })
  expect(BigInt(settled)).toBe(0n)
  expect(await credit(scene.node.address)).toBe(0n)
})

test('one nonce for two nodes pays the first to settle and not the other', async () => {
  const nonce = hashOf('spent twice')
  const first = makeEntry(scene, { nonce })
  const second = makeEntry(scene, { nonce, receipt: { node: thief.account }, receiptKey: thief.key })
  await write(scene.world, settling(second))
  expect(await refusal(scene.world, settling(first))).toBe('AlreadySettled()')
  expect(await credit(scene.node.address)).toBe(0n)
  expect(await wopgOf(scene.payer.address)).toBe(1_000n * OPG - second.receipt.price)
})

test('a nonce spent on something else first makes the settlement fail', async () => {
  const entry = makeEntry(scene)
  const elsewhere = {
    from: scene.payer.address,
    to: thief.account,
    value: 1n,
    validAfter: 0n,
    validBefore: scene.world.now() + HOUR,
    nonce: entry.payment.nonce,
  }
  const signature = signAuthorisation(scene.world.chainId, scene.payer, 'TransferWithAuthorization', elsewhere)
  const { from, to, value, validAfter, validBefore, nonce } = elsewhere
  await write(scene.world, {
    ...wopg,
    name: 'transferWithAuthorization',
    args: [from, to, value, validAfter, validBefore, nonce, signature],
  })
  expect(await refusal(scene.world, settling(entry))).toContain('ERC3009UsedAuthorization')
  expect(await credit(scene.node.address)).toBe(0n)
})

test('nothing signed for one chain settles on another', async () => {
  // The same accounts, contracts and addresses on another chain: there it counts.
  const other = await createScene({ chainId: scene.world.chainId + 1n, accountsOf: scene.world.chainId })
  const entry = makeEntry(other)
  await write(other.world, settling(entry))
  expect(await refusal(scene.world, settling(entry))).toBe('WrongKey()')
  // Not even if the node signs the receipt again here.
  expect(await refusal(scene.world, settling({ ...entry, signature: signReceipt(scene, entry.receipt) }))).toBe('ERC3009InvalidSignature()')
})

test('receiveWithAuthorization cannot be called for a till, whoever calls', async () => {
  const message = {
    from: scene.payer.address,
    to: tillOf(scene.node.address),
    value: OPG,
    validAfter: 0n,
    validBefore: scene.world.now() + HOUR,
    nonce: hashOf('receive'),
  }
  const signature = signAuthorisation(scene.world.chainId, scene.payer, 'ReceiveWithAuthorization', message)
  const args = [message.from, message.to, message.value, message.validAfter, message.validBefore, message.nonce, signature] as const
  expect(await refusal(scene.world, { ...wopg, name: 'receiveWithAuthorization', args, from: thief.account })).toContain(
    'ERC20InvalidReceiver',
  )
  expect(await refusal(scene.world, { ...wopg, name: 'receiveWithAuthorization', args, from: message.to })).toBe('OnlyThroughSettlement()')
})
