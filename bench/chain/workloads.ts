import { wopgAbi } from '@opengradient/contracts'
import { creationCode } from '@opengradient/contracts/artifacts'
import type { Address, Hex } from '@opengradient/protocol'
import { encodeFunctionData, getContractAddress } from 'viem'
import { type Call, fresh, OPG, type Wallet, wallets } from '../measure/wallet.ts'

/** Accounts that send; each has one transaction in each thousand. */
export const SENDERS = 1_000

export type Kind = 'transfer' | 'erc20' | 'storage'
export const KINDS: readonly Kind[] = ['transfer', 'erc20', 'storage']

/** What a node is asked to do: the same signed bytes for every node. */
export interface Workload {
  readonly senders: readonly Wallet[]
  /** To be included first, in this order. */
  readonly preparation: readonly Uint8Array[]
  /** Makes the next thousand transactions. Every one writes to an account, balance or slots that did not exist. */
  next(): Promise<Uint8Array[]>
}

/**
 * Makes a contract that writes ten slots, from the number in its input upwards:
 * `w := calldataload(0); i := 0; do { sstore(w + i, 1); i := i + 1 } while (10 > i)`.
 */
const TEN_WRITES: Hex = '0x60158060095f395ff35f355f5b60018282015560010180600a1160035700'

export async function workload(kind: Kind): Promise<Workload> {
  const senders = wallets(SENDERS)
  const [first] = senders as [Wallet, ...Wallet[]]
  if (kind === 'transfer') return { senders, preparation: [], next: () => all(senders, () => ({ to: fresh(), value: 1n, gas: 21_000n })) }
  const contract = getContractAddress({ from: first.address, nonce: 0n }).toLowerCase() as Address
  const create = await first.send({ gas: 8_000_000n, data: kind === 'erc20' ? creationCode.WOPG : TEN_WRITES })
  if (kind === 'erc20') {
    const deposits = await all(senders, () => ({ to: contract, value: OPG, gas: 100_000n, data: '0xd0e30db0' }))
    return {
      senders,
      preparation: [create, ...deposits],
      next: () => all(senders, () => ({ to: contract, gas: 60_000n, data: transfer(fresh()) })),
    }
  }
  let slot = 0
  const word = (): Hex => `0x${(16 * ++slot).toString(16).padStart(64, '0')}`
  return { senders, preparation: [create], next: () => all(senders, () => ({ to: contract, gas: 260_000n, data: word() })) }
}

const all = (senders: readonly Wallet[], call: () => Call): Promise<Uint8Array[]> =>
  Promise.all(senders.map((sender) => sender.send(call())))

const transfer = (to: Address): Hex => encodeFunctionData({ abi: wopgAbi, functionName: 'transfer', args: [to, 1n] })
