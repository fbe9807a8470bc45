import { ADDRESSES, multicall3Abi, wopgAbi } from '@opengradient/contracts'
import { creationCode } from '@opengradient/contracts/artifacts'
import { hexToBytes, keccak256Hex, ZERO_HASH } from '@opengradient/protocol'
import { decodeFunctionResult, getContractAddress, toFunctionSelector } from 'viem'
import { expect, test } from 'vitest'
import { encode, read } from './calls.ts'
import { createWorld } from './harness.ts'

// As on Ethereum mainnet, byte for byte.
const CREATE2_DEPLOYER = '0x2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989'

test('the CREATE2 deployer is the one everybody knows', async () => {
  const world = await createWorld()
  expect(keccak256Hex(hexToBytes(await world.code(ADDRESSES.create2Deployer)))).toBe(CREATE2_DEPLOYER)
})

test('Multicall3 is the code that viem deploys in clients where a chain has none', async () => {
  const world = await createWorld()
  const code = await world.code(ADDRESSES.multicall3)
  expect(creationCode.Multicall3.endsWith(code.slice(2))).toBe(true)
  const selectors = multicall3Abi.map((item) => toFunctionSelector(item).slice(2))
  expect(selectors.filter((selector) => !code.includes(selector))).toEqual([])
})

test('Multicall3 answers for several contracts at once', async () => {
  const world = await createWorld()
  const wopg = { abi: wopgAbi, to: ADDRESSES.wopg } as const
  const calls = [
    { target: ADDRESSES.wopg, allowFailure: false, callData: encode({ ...wopg, name: 'symbol', args: [] }) },
    { target: ADDRESSES.wopg, allowFailure: true, callData: '0xdeadbeef' as const },
  ]
  const results = await read(world, { abi: multicall3Abi, to: ADDRESSES.multicall3, name: 'aggregate3', args: [calls] })
  expect(results.map(({ success }) => success)).toEqual([true, false])
  expect(decodeFunctionResult({ abi: wopgAbi, functionName: 'symbol', data: results[0]!.returnData })).toBe('WOPG')
})

test('the CREATE2 deployer puts code where everybody expects it', async () => {
  const world = await createWorld()
  const bytecode = creationCode.Till
  const data = `${ZERO_HASH}${bytecode.slice(2)}` as const
  const outcome = await world.send({ from: '0x00000000000000000000000000000000000000ee', to: ADDRESSES.create2Deployer, data })
  const expected = getContractAddress({ opcode: 'CREATE2', from: ADDRESSES.create2Deployer, salt: ZERO_HASH, bytecode })
  expect(outcome.data).toBe(expected.toLowerCase())
  expect(await world.code(outcome.data)).toBe(await world.code(ADDRESSES.tillImplementation))
})
