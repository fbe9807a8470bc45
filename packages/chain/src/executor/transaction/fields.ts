import { toBigint } from '../../state/account.ts'
import { type Item, itemsAt } from '../../trie/rlp.ts'

/** What a transaction says besides its signature. Prices in wei per gas; addresses of 20 bytes, slots of 32. */
export interface Fields {
  /** 0 legacy, 1 EIP-2930, 2 EIP-1559, 4 EIP-7702. */
  readonly type: number
  readonly nonce: bigint
  readonly gasLimit: bigint
  /** Up to type 1 both are the gas price. */
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  /** Undefined: it creates a contract. */
  readonly to: Uint8Array | undefined
  readonly value: bigint
  readonly data: Uint8Array
  readonly accessList: readonly AccessListEntry[]
  readonly authorizations: readonly Authorization[]
}

export interface AccessListEntry {
  readonly address: Uint8Array
  readonly slots: readonly Uint8Array[]
}

/** EIP-7702: the signer's wish that its account have the code of `address`. The numbers are big-endian without leading zeros. */
export interface Authorization {
  readonly chainId: Uint8Array
  readonly address: Uint8Array
  readonly nonce: Uint8Array
  readonly yParity: Uint8Array
  readonly r: Uint8Array
  readonly s: Uint8Array
}

/** Where each type has what, among the items of its list. */
const LAYOUTS: Readonly<
  Record<number, { readonly nonce: number; readonly fees: readonly [priority: number, max: number]; readonly gas: number }>
> = {
  0: { nonce: 0, fees: [1, 1], gas: 2 },
  1: { nonce: 1, fees: [2, 2], gas: 3 },
  2: { nonce: 1, fees: [2, 3], gas: 4 },
  4: { nonce: 1, fees: [2, 3], gas: 4 },
}

/**
 * The fields of a transaction that was decoded before (`decodeTransaction`): its bytes are what they should be, and nothing is checked
 * again. They are views of `raw`.
 */
export function readFields(raw: Uint8Array): Fields {
  const type = raw[0]! > 4 ? 0 : raw[0]!
  const { nonce, fees, gas } = LAYOUTS[type]!
  const items = itemsAt(raw, type === 0 ? 0 : 1)
  const bytes = ({ start, end }: Item): Uint8Array => raw.subarray(start, end)
  const number = (index: number): bigint => toBigint(bytes(items[index]!))
  const lists = <T>(item: Item | undefined, read: (entry: readonly Item[]) => T): readonly T[] =>
    item && type > 0 ? itemsAt(raw, item.from).map((entry) => read(itemsAt(raw, entry.from))) : []
  const to = bytes(items[gas + 1]!)
  return {
    type,
    nonce: number(nonce),
    gasLimit: number(gas),
    maxPriorityFeePerGas: number(fees[0]),
    maxFeePerGas: number(fees[1]),
    to: to.length === 0 ? undefined : to,
    value: number(gas + 2),
    data: bytes(items[gas + 3]!),
    accessList: lists(items[gas + 4], ([address, slots]) => ({
      address: bytes(address!),
      slots: itemsAt(raw, slots!.from).map(bytes),
    })),
    authorizations: lists(type === 4 ? items[gas + 5] : undefined, (entry) => {
      const [chainId, address, nonce, yParity, r, s] = entry.map(bytes)
      return { chainId: chainId!, address: address!, nonce: nonce!, yParity: yParity!, r: r!, s: s! }
    }),
  }
}
