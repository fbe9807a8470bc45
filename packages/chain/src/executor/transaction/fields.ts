import { toBigint } from '../../state/account.ts'
import { type Item, itemAt, itemsAt, itemsBetween } from '../../trie/rlp.ts'
import { layoutOf, typeOf } from './layout.ts'

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
  readonly counts: ListCounts
  readonly accessList: readonly AccessListEntry[]
  readonly authorizations: readonly Authorization[]
}

/** How much stands in the lists of a transaction. */
export interface ListCounts {
  readonly addresses: number
  readonly slots: number
  readonly authorizations: number
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

/**
 * The fields of a transaction that was decoded before (`decodeTransaction`): its bytes are what they should be, and nothing is checked
 * again. They are views of `raw`.
 */
export function readFields(raw: Uint8Array): Fields {
  const type = typeOf(raw)!
  const items = itemsAt(raw, type === 0 ? 0 : 1)
  const { accessList, authorizations } = layoutOf(type)!
  const entries = accessList === undefined ? [] : readAccessList(raw, items[accessList]!)
  const authorized = authorizations === undefined ? [] : readAuthorizations(raw, items[authorizations]!)
  const counts = {
    addresses: entries.length,
    slots: entries.reduce((sum, { slots }) => sum + slots.length, 0),
    authorizations: authorized.length,
  }
  return { ...scalarFields(raw, type, items), counts, accessList: entries, authorizations: authorized }
}

/** The entries of the access list of such a transaction, one by one: where the address is, and an iterator over its slots. None if it has no list. */
export function* eachAccess(
  raw: Uint8Array,
): Generator<{ readonly address: Uint8Array; readonly slots: Iterable<Uint8Array> }, void, void> {
  for (const entry of itemsOf(raw, 'accessList')) {
    const address = itemAt(raw, entry.start)
    yield { address: part(raw, address), slots: eachPart(raw, itemAt(raw, address.end)) }
  }
}

/** Its authorizations, one by one. */
export function* eachAuthorization(raw: Uint8Array): Generator<Authorization, void, void> {
  for (const entry of itemsOf(raw, 'authorizations')) yield readAuthorization(raw, entry)
}

/** Places in the list that a transaction may have. */
function* itemsOf(raw: Uint8Array, list: 'accessList' | 'authorizations'): Generator<Item, void, void> {
  const type = typeOf(raw)!
  const index = layoutOf(type)![list]
  if (index !== undefined) yield* eachItem(raw, itemsAt(raw, type === 0 ? 0 : 1)[index]!)
}

function* eachItem(raw: Uint8Array, { start, end }: Extent): Generator<Item, void, void> {
  for (let at = start; at < end; ) {
    const item = itemAt(raw, at)
    yield item
    at = item.end
  }
}

function* eachPart(raw: Uint8Array, list: Extent): Generator<Uint8Array, void, void> {
  for (const item of eachItem(raw, list)) yield part(raw, item)
}

/** The signature of such a transaction; `v` is the parity, and of legacy ones EIP-155's. */
export function readSignature(raw: Uint8Array): { readonly v: bigint; readonly r: bigint; readonly s: bigint } {
  const type = typeOf(raw)!
  const [v, r, s] = itemsAt(raw, type === 0 ? 0 : 1)
    .slice(layoutOf(type)!.signature)
    .map((item) => toBigint(part(raw, item)))
  return { v: v!, r: r!, s: s! }
}

/** Where the payload of an item begins and ends. */
type Extent = Pick<Item, 'start' | 'end'>

/** The fields that are no lists, of items whose bytes are what they should be. */
export function scalarFields(
  raw: Uint8Array,
  type: number,
  items: readonly Extent[],
): Omit<Fields, 'counts' | 'accessList' | 'authorizations'> {
  const { nonce, fees, gas } = layoutOf(type)!
  const bytes = (index: number): Uint8Array => raw.subarray(items[index]!.start, items[index]!.end)
  const number = (index: number): bigint => toBigint(bytes(index))
  const to = bytes(gas + 1)
  return {
    type,
    nonce: number(nonce),
    gasLimit: number(gas),
    maxPriorityFeePerGas: number(fees[0]),
    maxFeePerGas: number(fees[1]),
    to: to.length === 0 ? undefined : to,
    value: number(gas + 2),
    data: bytes(gas + 3),
  }
}

/** The access list whose payload is there. */
export const readAccessList = (raw: Uint8Array, list: Extent): readonly AccessListEntry[] =>
  itemsBetween(raw, list.start, list.end).map((entry) => {
    const [address, slots] = itemsAt(raw, entry.from)
    return { address: part(raw, address!), slots: itemsAt(raw, slots!.from).map((slot) => part(raw, slot)) }
  })

/** The authorizations whose list's payload is there. */
export const readAuthorizations = (raw: Uint8Array, list: Extent): readonly Authorization[] =>
  itemsBetween(raw, list.start, list.end).map((entry) => readAuthorization(raw, entry))

function readAuthorization(raw: Uint8Array, entry: Item): Authorization {
  const [chainId, address, nonce, yParity, r, s] = itemsAt(raw, entry.from).map((item) => part(raw, item))
  return { chainId: chainId!, address: address!, nonce: nonce!, yParity: yParity!, r: r!, s: s! }
}

const part = (raw: Uint8Array, { start, end }: Extent): Uint8Array => raw.subarray(start, end)
