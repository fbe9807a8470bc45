import { ADDRESSES, stakeVotesAbi } from '@opengradient/contracts'
import { type Address, devAccount, type Hex, signDigest, ZERO_ADDRESS } from '@opengradient/protocol'
import { encodeAbiParameters, encodeFunctionData, hashTypedData, keccak256, stringToHex } from 'viem'
import { beforeEach, describe, expect, test } from 'vitest'
import { encode, eventsNamed, read, refusal, write } from './calls.ts'
import { compileBeside } from './compile.ts'
import type { World } from './harness.ts'
import { DAY, OPG } from './scenario.ts'
import {
  createStakingWorld,
  delegating,
  doubleSigning,
  joining,
  keyNamed,
  redelegating,
  rewarding,
  SELF_BOND,
  staking,
  UNBONDING,
  undelegating,
  withdrawing,
} from './stakingWorld.ts'

const votes = { abi: stakeVotesAbi, to: ADDRESSES.stakeVotes } as const
const naming = (from: Address, delegatee: Address) => ({ ...votes, name: 'delegate', args: [delegatee], from }) as const

let world: World
let alice: Address
let bob: Address
let carol: Address
beforeEach(async () => {
  const made = await createStakingWorld(3)
  world = made.world
  ;[alice, bob, carol] = made.accounts as [Address, Address, Address]
  await write(world, joining(alice, keyNamed('alice')))
})

const votesOf = (account: Address) => read(world, { ...votes, name: 'getVotes', args: [account] })
const pastVotes = (account: Address, time: bigint) => read(world, { ...votes, name: 'getPastVotes', args: [account, time] })
const pastSupply = (time: bigint) => read(world, { ...votes, name: 'getPastTotalSupply', args: [time] })

describe('votes', () => {
  test('are counted by Staking alone', async () => {
    const counting = { ...votes, name: 'count', args: [alice, bob, OPG] } as const
    for (const from of [alice, ADDRESSES.timelock, ADDRESSES.rewards]) {
      expect(await refusal(world, { ...counting, from })).toBe('OnlyStaking()')
    }
  })

  test('are the OPG that an account has bonded, with all validators together, and nothing else', async () => {
    await write(world, joining(bob, keyNamed('bob'), SELF_BOND + 3n))
    await write(world, delegating(carol, alice, 5n * OPG))
    await write(world, delegating(carol, bob, 7n * OPG))
    expect(await Promise.all([alice, bob, carol].map(votesOf))).toEqual([SELF_BOND, SELF_BOND + 3n, 12n * OPG])
    await write(world, redelegating(carol, alice, bob, 5n * OPG))
    expect(await votesOf(carol)).toBe(12n * OPG)
    await write(world, rewarding(bob, 100n * OPG))
    await write(world, { ...staking, name: 'claim', args: [bob], from: carol })
    expect(await votesOf(carol)).toBe(12n * OPG)
    expect(await Promise.all([ADDRESSES.vesting, ADDRESSES.treasury, ADDRESSES.rewards, ADDRESSES.staking].map(votesOf))).toEqual([
      0n,
      0n,
      0n,
      0n,
    ])
  })

  test('end when the stake begins to leave', async () => {
    await write(world, delegating(bob, alice, 5n * OPG))
    await write(world, undelegating(bob, alice, 2n * OPG))
    expect(await votesOf(bob)).toBe(3n * OPG)
    world.advance(UNBONDING)
    await write(world, withdrawing(bob, 0n))
    expect(await votesOf(bob)).toBe(3n * OPG)
    await write(world, undelegating(bob, alice, 3n * OPG))
    expect(await votesOf(bob)).toBe(0n)
  })

  test('of slashed stake end when it is touched; anybody may touch it', async () => {
    await write(world, delegating(bob, alice, 100n * OPG))
    await write(world, await doubleSigning(world, alice, world.height()))
    expect(await votesOf(bob)).toBe(100n * OPG)
    await write(world, { ...staking, name: 'settleMoves', args: [bob, alice], from: carol })
    expect(await votesOf(bob)).toBe(95n * OPG)
    expect(await read(world, { ...votes, name: 'counted', args: [alice, bob] })).toBe(95n * OPG)
  })

  test('cannot be made by slashing oneself: cheaper shares are no more votes', async () => {
    await write(world, joining(bob, keyNamed('bob')))
    await write(world, await doubleSigning(world, bob, world.height()))
    await write(world, undelegating(bob, bob, SELF_BOND - 1n))
    await write(world, delegating(carol, alice, 10n * OPG))
    expect(await votesOf(carol)).toBe(10n * OPG)
    expect(await votesOf(bob)).toBeLessThanOrEqual(1n)
  })
})

describe('delegation of votes', () => {
  test('gives them to another with all that comes later, and back', async () => {
    await write(world, delegating(bob, alice, 5n * OPG))
    expect(await read(world, { ...votes, name: 'delegates', args: [bob] })).toBe(bob)
    const outcome = await write(world, naming(bob, carol))
    expect(eventsNamed(outcome, 'DelegateChanged')).toEqual([{ delegator: bob, fromDelegate: bob, toDelegate: carol }])
    expect([await votesOf(bob), await votesOf(carol)]).toEqual([0n, 5n * OPG])
    await write(world, delegating(bob, alice, OPG))
    await write(world, undelegating(bob, alice, 3n * OPG))
    expect([await votesOf(bob), await votesOf(carol)]).toEqual([0n, 3n * OPG])
    // Votes that carol was given are not hers to give.
    await write(world, naming(carol, alice))
    expect([await votesOf(carol), await votesOf(alice)]).toEqual([3n * OPG, SELF_BOND])
    await write(world, naming(bob, ZERO_ADDRESS))
    expect(await read(world, { ...votes, name: 'delegates', args: [bob] })).toBe(bob)
    expect([await votesOf(bob), await votesOf(carol)]).toEqual([3n * OPG, 0n])
    await write(world, undelegating(bob, alice, 3n * OPG))
    expect(await votesOf(bob)).toBe(0n)
  })

  test('before there is any stake counts for the stake that comes', async () => {
    await write(world, naming(bob, carol))
    await write(world, delegating(bob, alice, 5n * OPG))
    expect([await votesOf(bob), await votesOf(carol)]).toEqual([0n, 5n * OPG])
  })

  test('can be signed, once and for this chain', async () => {
    const key = devAccount(2n ** 40n + 9n, 1)
    await write(world, delegating(bob, alice, 5n * OPG))
    const signed = (chainId: bigint) => {
      const digest = hashTypedData({
        domain: { name: 'OpenGradient stake', version: '1', chainId: Number(chainId), verifyingContract: ADDRESSES.stakeVotes },
        types: {
          Delegation: [
            { name: 'delegatee', type: 'address' },
            { name: 'nonce', type: 'uint256' },
            { name: 'expiry', type: 'uint256' },
          ],
        },
        primaryType: 'Delegation',
        message: { delegatee: carol, nonce: 0n, expiry: world.now() },
      })
      const signature = signDigest(digest, key.privateKey)
      const [r, s] = [`0x${signature.slice(2, 66)}`, `0x${signature.slice(66, 130)}`] as [Hex, Hex]
      return {
        ...votes,
        name: 'delegateBySig',
        args: [carol, 0n, world.now(), Number(`0x${signature.slice(130)}`), r, s],
        from: alice,
      } as const
    }
    await write(world, signed(world.chainId + 1n)).catch(() => {})
    expect(await votesOf(carol)).toBe(0n)
    await write(world, signed(world.chainId))
    expect(await votesOf(carol)).toBe(5n * OPG)
    expect(await refusal(world, signed(world.chainId))).toMatch(/^InvalidAccountNonce/)
  })
})

describe('the past', () => {
  test('is kept by the second, and the present is not yet past', async () => {
    const start = world.now()
    await write(world, delegating(bob, alice, 5n * OPG))
    world.advance(10)
    await write(world, delegating(bob, alice, OPG))
    await write(world, undelegating(bob, alice, 3n * OPG))
    world.advance(10)
    expect(await read(world, { ...votes, name: 'clock', args: [] })).toBe(Number(start + 20n))
    expect(await read(world, { ...votes, name: 'CLOCK_MODE', args: [] })).toBe('mode=timestamp')
    expect([await pastVotes(bob, start - 1n), await pastVotes(bob, start + 9n), await pastVotes(bob, start + 19n)]).toEqual([
      0n,
      5n * OPG,
      3n * OPG,
    ])
    expect([await pastSupply(start - 1n), await pastSupply(start + 9n), await pastSupply(start + 19n)]).toEqual([
      0n,
      SELF_BOND + 5n * OPG,
      SELF_BOND + 3n * OPG,
    ])
    const future = { ...votes, name: 'getPastVotes', args: [bob, start + 20n] } as const
    expect(await refusal(world, future)).toBe(`ERC5805FutureLookup(${start + 20n}, ${start + 20n})`)
  })
})

test('OpenZeppelin’s Governor decides by them', async () => {
  const { abi, initCode } = compileBeside('./StakeGovernor.sol').StakeGovernor!
  const token = encodeAbiParameters([{ type: 'address' }], [ADDRESSES.stakeVotes])
  const { created } = await world.send({ from: alice, data: `${initCode}${token.slice(2)}` })
  const governor = { to: created!, abi }
  const call = async (from: Address, functionName: string, args: readonly unknown[]) => {
    const outcome = await world.send({ from, to: governor.to, data: encodeFunctionData({ abi, functionName, args }) })
    return outcome.ok
  }
  await write(world, delegating(bob, alice, 2n * SELF_BOND))
  await write(world, delegating(carol, alice, SELF_BOND))
  await write(world, naming(carol, bob))
  world.advance(1)
  const data = encode({ ...staking, name: 'payTreasury', args: [] })
  const proposal = [[ADDRESSES.staking], [0n], [data]] as const
  expect(await call(carol, 'propose', [...proposal, 'carol gave her votes away'])).toBe(false)
  expect(await call(bob, 'propose', [...proposal, 'pay'])).toBe(true)
  // Stake that comes now is too late for this one; stake that leaves still counts.
  world.advance(DAY + 1n)
  await write(world, undelegating(bob, alice, 2n * SELF_BOND))
  await write(world, await doubleSigning(world, alice, world.height()))
  const description = keccak256(stringToHex('pay'))
  const id = BigInt(
    keccak256(
      encodeAbiParameters([{ type: 'address[]' }, { type: 'uint256[]' }, { type: 'bytes[]' }, { type: 'bytes32' }], [
        ...proposal.map((list) => [...list]),
        description,
      ] as never),
    ),
  )
  expect(await call(alice, 'castVote', [id, 0])).toBe(true)
  expect(await call(bob, 'castVote', [id, 1])).toBe(true)
  const counted = await world.peek({
    from: alice,
    to: governor.to,
    data: encodeFunctionData({ abi, functionName: 'proposalVotes', args: [id] }),
  })
  const word = (value: bigint) => value.toString(16).padStart(64, '0')
  expect(counted.data).toBe(`0x${word(SELF_BOND)}${word(3n * SELF_BOND)}${word(0n)}`)
  world.advance(3n * DAY)
  expect(await call(carol, 'execute', [...proposal, description])).toBe(true)
  expect(await world.balance(ADDRESSES.treasury)).toBeGreaterThan(0n)
})
