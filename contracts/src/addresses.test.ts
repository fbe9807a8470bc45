import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ADDRESSES, SYSTEM_CALLER } from './addresses.ts'

/** Third-party contracts: no Solidity of ours names them. */
const THIRD_PARTY = ['multicall3', 'create2Deployer']

/** `TILL_IMPLEMENTATION` → `tillImplementation`; the wrapper is the one name that differs, since a contract is called WOPG. */
function inTypeScript(constant: string): string {
  if (constant === 'WRAPPED_OPG') return 'wopg'
  return constant.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
}

test('Solidity and TypeScript have the same table', () => {
  const source = readFileSync(new URL('../sol/Addresses.sol', import.meta.url), 'utf8')
  const found = [...source.matchAll(/^address constant (\w+) = (0x[0-9a-fA-F]{40});$/gm)].map(([, name, address]) => [
    inTypeScript(name!),
    address!.toLowerCase(),
  ])
  const ours = Object.entries(ADDRESSES).filter(([name]) => !THIRD_PARTY.includes(name))
  expect(Object.fromEntries(found)).toEqual({ ...Object.fromEntries(ours), system: SYSTEM_CALLER })
})

test('our addresses follow one another from 0x4f47…01 in the order of the table', () => {
  const ours = Object.entries(ADDRESSES).filter(([name]) => !THIRD_PARTY.includes(name))
  for (const [i, [, address]] of ours.entries()) expect(BigInt(address)).toBe((0x4f47n << 144n) + BigInt(i + 1))
})

test('addresses are in the form that everything else uses: lower case', () => {
  for (const address of Object.values(ADDRESSES)) expect(address).toMatch(/^0x[0-9a-f]{40}$/)
})
