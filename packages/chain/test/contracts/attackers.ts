import type { Hex } from '@opengradient/protocol'
import { compileBeside } from './compile.ts'

const compiled = compileBeside('./Attackers.sol')

function codeOf(name: string): Hex {
  const contract = compiled[name]
  if (!contract) throw new Error(`Attackers.sol has no ${name}`)
  return contract.code
}

/** Runtime code of the contracts in Attackers.sol. */
export const reenterer = codeOf('Reenterer')
export const burningWallet = codeOf('BurningWallet')
export const carefulWallet = codeOf('CarefulWallet')
export const slowWallet = codeOf('SlowWallet')
export const thoroughWallet = codeOf('ThoroughWallet')
export const passwordWallet = codeOf('PasswordWallet')
export const refuser = codeOf('Refuser')

/** What tests call of `Reenterer`. */
export const reentererAbi = [
  {
    type: 'function',
    name: 'arm',
    stateMutability: 'nonpayable',
    inputs: [
      { name: 'target', type: 'address' },
      { name: 'trick', type: 'bytes' },
    ],
    outputs: [],
  },
  {
    type: 'function',
    name: 'execute',
    stateMutability: 'payable',
    inputs: [
      { name: 'target', type: 'address' },
      { name: 'data', type: 'bytes' },
    ],
    outputs: [],
  },
  { type: 'function', name: 'tries', stateMutability: 'view', inputs: [], outputs: [{ name: '', type: 'uint256' }] },
  { type: 'function', name: 'successes', stateMutability: 'view', inputs: [], outputs: [{ name: '', type: 'uint256' }] },
] as const
