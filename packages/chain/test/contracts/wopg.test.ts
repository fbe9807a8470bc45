import { ADDRESSES, wopgAbi } from '@opengradient/contracts'
import { type Address, type Hex, signDigest, ZERO_ADDRESS } from '@opengradient/protocol'
import { hashTypedData } from 'viem'
import { beforeEach, describe, expect, test } from 'vitest'
import { passwordWallet } from './attackers.ts'
import { eventsNamed, read, refusal, write } from './calls.ts'
import {
  AUTHORISATION_TYPES,
  type Authorisation,
  createScene,
  HOUR,
  hashOf,
  highS,
  OPG,
  type Scene,
  signAuthorisation,
  signCancellation,
  wopgDomain,
} from './scenario.ts'

let scene: Scene
let payer: Address
beforeEach(async () => {
  scene = await createScene()
  payer = scene.payer.address
})

const wopg = { abi: wopgAbi, to: ADDRESSES.wopg } as const
const balanceOf = (account: Address) => read(scene.world, { ...wopg, name: 'balanceOf', args: [account] })
const somebody: Address = '0x0000000000000000000000000000000000005050'

describe('wrapping', () => {
  test('gives one for one, and back', async () => {
    const { world } = scene
    const native = await world.balance(payer)
    const wrapped = await balanceOf(payer)
    const deposit = await write(world, { ...wopg, name: 'deposit', args: [], from: payer, value: OPG })
    expect(eventsNamed(deposit, 'Deposit')).toEqual([{ account: payer, value: OPG }])
    expect(await balanceOf(payer)).toBe(wrapped + OPG)
    const withdrawal = await write(world, { ...wopg, name: 'withdraw', args: [OPG], from: payer })
    expect(eventsNamed(withdrawal, 'Withdrawal')).toEqual([{ account: payer, value: OPG }])
    expect([await world.balance(payer), await balanceOf(payer)]).toEqual([native, wrapped])
  })

  test('works by plain transfer, for others, and to others', async () => {
    const { world } = scene
    await world.send({ from: scene.stranger.address, to: ADDRESSES.wopg, value: 5n })
    expect(await balanceOf(scene.stranger.address)).toBe(5n)
    await write(world, { ...wopg, name: 'depositFor', args: [somebody], from: payer, value: 7n })
    expect(await balanceOf(somebody)).toBe(7n)
    await write(world, { ...wopg, name: 'withdrawTo', args: [somebody, 3n], from: payer })
    expect(await world.balance(somebody)).toBe(3n)
  })

  test('keeps the supply equal to the native balance', async () => {
    const { world } = scene
    await write(world, { ...wopg, name: 'withdraw', args: [3n * OPG], from: payer })
    expect(await read(world, { ...wopg, name: 'totalSupply', args: [] })).toBe(await world.balance(ADDRESSES.wopg))
  })

  test('refuses more than there is, and places from which nothing comes back', async () => {
    const { world } = scene
    expect(await refusal(world, { ...wopg, name: 'withdraw', args: [1_001n * OPG], from: payer })).toContain('ERC20InsufficientBalance')
    expect(await refusal(world, { ...wopg, name: 'withdrawTo', args: [ZERO_ADDRESS, 1n], from: payer })).toContain('ERC20InvalidReceiver')
    expect(await refusal(world, { ...wopg, name: 'depositFor', args: [ZERO_ADDRESS], from: payer, value: 1n })).toContain(
      'ERC20InvalidReceiver',
    )
    expect(await refusal(world, { ...wopg, name: 'depositFor', args: [ADDRESSES.wopg], from: payer, value: 1n })).toContain(
      'ERC20InvalidReceiver',
    )
    expect(await refusal(world, { ...wopg, name: 'transfer', args: [ADDRESSES.wopg, 1n], from: payer })).toContain('ERC20InvalidReceiver')
    expect(await refusal(world, { ...wopg, name: 'withdrawTo', args: [ADDRESSES.models, 1n], from: payer })).toBe('TransferFailed()')
  })
})

test('names itself as stock clients ask', async () => {
  const { world } = scene
  expect(await read(world, { ...wopg, name: 'name', args: [] })).toBe('Wrapped OPG')
  expect(await read(world, { ...wopg, name: 'symbol', args: [] })).toBe('WOPG')
  expect(await read(world, { ...wopg, name: 'decimals', args: [] })).toBe(18)
  expect(await read(world, { ...wopg, name: 'version', args: [] })).toBe('1')
  expect((await read(world, { ...wopg, name: 'eip712Domain', args: [] })).slice(0, 5)).toEqual([
    '0x0f',
    'Wrapped OPG',
    '1',
    world.chainId,
    ADDRESSES.wopg,
  ])
})

describe('an authorisation (EIP-3009)', () => {
  let message: Authorisation
  beforeEach(() => {
    message = { from: payer, to: somebody, value: OPG, validAfter: 0n, validBefore: scene.world.now() + HOUR, nonce: hashOf('nonce') }
  })
  const sign = (m = message, kind: 'TransferWithAuthorization' | 'ReceiveWithAuthorization' = 'TransferWithAuthorization') =>
    signAuthorisation(scene.world.chainId, scene.payer, kind, m)
  const fields = (m = message) => [m.from, m.to, m.value, m.validAfter, m.validBefore, m.nonce] as const
  const bytesCall = (signature: Hex, m = message) =>
    ({ ...wopg, name: 'transferWithAuthorization', args: [...fields(m), signature] }) as const
  const split = (signature: Hex) =>
    [Number(`0x${signature.slice(130)}`), signature.slice(0, 66) as Hex, `0x${signature.slice(66, 130)}` as Hex] as const

  test('moves the money, by either form of the signature, whoever brings it', async () => {
    const outcome = await write(scene.world, bytesCall(sign()))
    expect(await balanceOf(somebody)).toBe(OPG)
    expect(eventsNamed(outcome, 'AuthorizationUsed')).toEqual([{ authorizer: payer, nonce: message.nonce }])
    const other = { ...message, nonce: hashOf('other') }
    await write(scene.world, { ...wopg, name: 'transferWithAuthorization', args: [...fields(other), ...split(sign(other))] })
    expect(await balanceOf(somebody)).toBe(2n * OPG)
  })

  test('works once, by either form', async () => {
    const signature = sign()
    await write(scene.world, bytesCall(signature))
    expect(await refusal(scene.world, bytesCall(signature))).toContain('ERC3009UsedAuthorization')
    expect(await refusal(scene.world, { ...wopg, name: 'transferWithAuthorization', args: [...fields(), ...split(signature)] })).toContain(
      'ERC3009UsedAuthorization',
    )
  })

  test('binds every field', async () => {
    const signature = sign()
    for (const change of [
      { from: scene.stranger.address },
      { to: scene.stranger.address },
      { value: OPG + 1n },
      { validAfter: 1n },
      { validBefore: message.validBefore + 1n },
      { nonce: hashOf('x') },
    ]) {
      expect(await refusal(scene.world, bytesCall(signature, { ...message, ...change }))).toBe('ERC3009InvalidSignature()')
    }
  })

  test('takes one form of each signature', async () => {
    const signature = sign()
    expect(await refusal(scene.world, bytesCall(highS(signature)))).toBe('ERC3009InvalidSignature()')
    expect(await refusal(scene.world, bytesCall('0x'))).toBe('ERC3009InvalidSignature()')
    expect(await refusal(scene.world, bytesCall(`${signature}00`))).toBe('ERC3009InvalidSignature()')
  })

  test('is never nobody’s', async () => {
    const m = { ...message, from: ZERO_ADDRESS, value: 0n }
    expect(await refusal(scene.world, bytesCall(`0x${'00'.repeat(64)}1b`, m))).toBe('ERC3009InvalidSignature()')
  })

  test('reads its times as seconds, even where OpenZeppelin would see block numbers', async () => {
    const flag = 2n ** 47n
    const m = { ...message, validAfter: flag, validBefore: flag + 2n ** 40n }
    expect(await refusal(scene.world, bytesCall(sign(m), m))).toContain('ERC3009InvalidAuthorizationTime')
  })

  test('to receive is used by the receiver only, with its own type', async () => {
    const call = (signature: Hex) =>
      ({ ...wopg, name: 'receiveWithAuthorization', args: [...fields(), signature], from: somebody }) as const
    expect(await refusal(scene.world, call(sign()))).toBe('ERC3009InvalidSignature()')
    expect(await refusal(scene.world, bytesCall(sign(message, 'ReceiveWithAuthorization')))).toBe('ERC3009InvalidSignature()')
    const signature = sign(message, 'ReceiveWithAuthorization')
    expect(await refusal(scene.world, { ...call(signature), from: scene.stranger.address })).toContain('ERC20InvalidReceiver')
    await write(scene.world, call(signature))
    const other = { ...message, nonce: hashOf('other') }
    const vrs = split(sign(other, 'ReceiveWithAuthorization'))
    await write(scene.world, { ...wopg, name: 'receiveWithAuthorization', args: [...fields(other), ...vrs], from: somebody })
    expect(await balanceOf(somebody)).toBe(2n * OPG)
  })

  test('is cancelled by its owner, by either form, and by nobody else', async () => {
    const { world } = scene
    const forged = signCancellation(world.chainId, scene.stranger, message.nonce)
    expect(await refusal(world, { ...wopg, name: 'cancelAuthorization', args: [payer, message.nonce, forged] })).toBe(
      'ERC3009InvalidSignature()',
    )
    const outcome = await write(world, {
      ...wopg,
      name: 'cancelAuthorization',
      args: [payer, message.nonce, signCancellation(world.chainId, scene.payer, message.nonce)],
    })
    expect(eventsNamed(outcome, 'AuthorizationCanceled')).toEqual([{ authorizer: payer, nonce: message.nonce }])
    expect(await refusal(world, bytesCall(sign()))).toContain('ERC3009UsedAuthorization')
    const nonce = hashOf('other')
    await write(world, {
      ...wopg,
      name: 'cancelAuthorization',
      args: [payer, nonce, ...split(signCancellation(world.chainId, scene.payer, nonce))],
    })
    expect(await read(world, { ...wopg, name: 'authorizationState', args: [payer, nonce] })).toBe(true)
  })

  test('of a contract wallet is what the wallet says it is', async () => {
    const wallet: Address = '0x000000000000000000000000000000000000aa11'
    await scene.world.setCode(wallet, passwordWallet)
    await write(scene.world, { ...wopg, name: 'depositFor', args: [wallet], from: payer, value: OPG })
    const m = { ...message, from: wallet }
    expect(await refusal(scene.world, bytesCall('0x00', m))).toBe('ERC3009InvalidSignature()')
    await write(scene.world, bytesCall('0x6f70656e', m))
    expect(await balanceOf(somebody)).toBe(OPG)
  })
})

test('permits (ERC-2612) work with the same domain', async () => {
  const { world } = scene
  const message = { owner: payer, spender: somebody, value: OPG, nonce: 0n, deadline: world.now() + HOUR }
  const types = {
    ...AUTHORISATION_TYPES,
    Permit: [
      { name: 'owner', type: 'address' },
      { name: 'spender', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'nonce', type: 'uint256' },
      { name: 'deadline', type: 'uint256' },
    ],
  } as const
  const signature = signDigest(
    hashTypedData({ domain: wopgDomain(world.chainId), types, primaryType: 'Permit', message }),
    scene.payer.privateKey,
  )
  const [r, s, v] = [signature.slice(0, 66) as Hex, `0x${signature.slice(66, 130)}` as Hex, Number(`0x${signature.slice(130)}`)]
  await write(world, { ...wopg, name: 'permit', args: [payer, somebody, OPG, message.deadline, v, r, s] })
  await write(world, { ...wopg, name: 'transferFrom', args: [payer, somebody, OPG], from: somebody })
  expect(await balanceOf(somebody)).toBe(OPG)
})
