import { ADDRESSES, registryAbi } from '@opengradient/contracts'
import { type Hex, ZERO_ADDRESS, ZERO_HASH } from '@opengradient/protocol'
import { hexToString, stringToHex } from 'viem'
import { beforeEach, expect, test } from 'vitest'
import { eventsNamed, read, refusal, write } from './calls.ts'
import { createWorld, type World } from './harness.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})

const registry = { abi: registryAbi, to: ADDRESSES.registry } as const
const bytes32 = (name: string): Hex => stringToHex(name, { size: 32 })
const addressOf = (name: string) => read(world, { ...registry, name: 'addressOf', args: [bytes32(name)] })
const setting = (name: Hex, target: Hex) => ({ ...registry, name: 'set', args: [name, target], from: ADDRESSES.timelock }) as const

test('every predeploy bears its name from the start', async () => {
  const { multicall3, create2Deployer, tillImplementation, ...rest } = ADDRESSES
  const expected = { ...rest, till: tillImplementation }
  const names = await read(world, { ...registry, name: 'names', args: [] })
  const found = await Promise.all(
    names.map(async (name) => {
      const text = hexToString(name, { size: 32 })
      return [text === 'WOPG' ? 'wopg' : text[0]!.toLowerCase() + text.slice(1), await addressOf(text)] as const
    }),
  )
  expect(Object.fromEntries(found)).toEqual(expected)
})

test('the Timelock points names elsewhere and adds new ones, nobody else does', async () => {
  const target = '0x0000000000000000000000000000000000004e77'
  for (const from of [ADDRESSES.governor, ADDRESSES.registry, '0x00000000000000000000000000000000000000ee'] as const) {
    expect(await refusal(world, { ...setting(bytes32('Models'), target), from })).toBe('OnlyTimelock()')
  }
  const outcome = await write(world, setting(bytes32('Models'), target))
  expect(eventsNamed(outcome, 'ContractSet')).toEqual([{ name: bytes32('Models'), previous: ADDRESSES.models, current: target }])
  expect(await addressOf('Models')).toBe(target)
  const before = await read(world, { ...registry, name: 'names', args: [] })
  expect(new Set(before).size).toBe(before.length)
  await write(world, setting(bytes32('Bridge'), target))
  expect(await read(world, { ...registry, name: 'names', args: [] })).toEqual([...before, bytes32('Bridge')])
})

test('no entry is nothing', async () => {
  expect(await addressOf('Unknown')).toBe(ZERO_ADDRESS)
  expect(await refusal(world, setting(ZERO_HASH, ADDRESSES.models))).toBe('ZeroEntry()')
  expect(await refusal(world, setting(bytes32('Models'), ZERO_ADDRESS))).toBe('ZeroEntry()')
})
