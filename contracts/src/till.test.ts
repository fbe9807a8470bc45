import { getContractAddress } from 'viem'
import { expect, test } from 'vitest'
import { ADDRESSES } from './addresses.ts'
import { tillOf } from './till.ts'

test('a till is where CREATE2 puts the clone, by viem', () => {
  const node = '0x00000000000000000000000000000000000a11ce'
  const bytecode =
    `0x3d602d80600a3d3981f3363d3d373d3d3d363d73${ADDRESSES.tillImplementation.slice(2)}5af43d82803e903d91602b57fd5bf3` as const
  const salt = `0x${node.slice(2).padStart(64, '0')}` as const
  expect(tillOf(node)).toBe(getContractAddress({ opcode: 'CREATE2', from: ADDRESSES.settlement, salt, bytecode }).toLowerCase())
})
