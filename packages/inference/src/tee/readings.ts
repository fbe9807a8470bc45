import { ADDRESSES, multicall3Abi } from '@opengradient/contracts'
import type { Hex } from '@opengradient/protocol'
import { decodeFunctionResult, encodeFunctionData } from 'viem'
import type { Rpc } from '../chain/rpc.ts'

/** Reads of `Attestations` at the head, each made once a block. */
export class Readings {
  readonly #rpc: Rpc
  readonly #head: () => bigint | undefined
  readonly #made = new Map<Hex, readonly Hex[]>()
  #at: bigint | undefined

  constructor(rpc: Rpc, head: () => bigint | undefined) {
    this.#rpc = rpc
    this.#head = head
  }

  /** What these calls return, in one call of the node's RPC. */
  async all(calls: readonly Hex[]): Promise<readonly Hex[]> {
    const args = [calls.map((callData) => ({ target: ADDRESSES.attestations, allowFailure: false, callData }))] as const
    const data = encodeFunctionData({ abi: multicall3Abi, functionName: 'aggregate3', args })
    const at = this.#head()
    if (at === undefined || at !== this.#at) this.forget()
    this.#at = at
    const known = this.#made.get(data)
    if (known !== undefined) return known
    const result = (await this.#rpc.call('eth_call', [{ to: ADDRESSES.multicall3, data }, 'latest'])) as Hex
    const returned = decodeFunctionResult({ abi: multicall3Abi, functionName: 'aggregate3', data: result }).map((one) => one.returnData)
    // A newer block may have come meanwhile: then the next read asks again.
    if (at !== undefined && at === this.#at) this.#made.set(data, returned)
    return returned
  }

  forget(): void {
    this.#made.clear()
    this.#at = undefined
  }
}
