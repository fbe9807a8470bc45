import type { Keccak } from '../crypto/keccak.ts'
import type { Recover } from '../crypto/recover.ts'
import { toBigint } from '../state/account.ts'
import { encodeList } from '../trie/rlp.ts'
import type { Fields } from './transaction/fields.ts'

/** A transaction of the plain kind, and the 20 bytes of who signed it. */
export interface PlainTransaction {
  readonly fields: Fields
  readonly sender: Uint8Array
}

/** `02`, and where each of the twelve items of EIP-1559 is among them. */
const TYPE = 2
const ITEMS = 12
const [CHAIN_ID, NONCE, PRIORITY, MAX, GAS, TO, VALUE, DATA, ACCESS_LIST, PARITY, R, S] = Array.from({ length: ITEMS }, (_, i) => i) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
]

const MAX_UINT64 = 2n ** 64n - 1n
const MAX_UINT256 = 2n ** 256n - 1n
/** EIP-2: half the order of secp256k1, rounded down. */
const MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

/**
 * Reads what nearly all transactions are: one of EIP-1559 that calls an address and has no access list. Undefined for all others, and for
 * everything that is not exactly as it should be, down to the last byte of its encoding: those are for EthereumJS, which takes five times
 * as long, to accept or to say what is wrong. So this may refuse what is right, and must never accept what EthereumJS would not.
 */
export function readPlainTransaction(
  raw: Uint8Array,
  chainId: bigint,
  { keccak, recover }: { readonly keccak: Keccak; readonly recover: Recover },
): PlainTransaction | undefined {
  const items = raw[0] === TYPE ? itemsOf(raw) : undefined
  if (!items) return undefined
  const bytes = (index: number): Uint8Array => raw.subarray(items.starts[index], items.ends[index])
  const number = (index: number, most: bigint): bigint | undefined => {
    const found = bytes(index)
    if (found.length > 32 || found[0] === 0) return undefined
    const value = toBigint(found)
    return value > most ? undefined : value
  }
  const nonce = number(NONCE, MAX_UINT64 - 1n)
  const maxPriorityFeePerGas = number(PRIORITY, MAX_UINT256)
  const maxFeePerGas = number(MAX, MAX_UINT256)
  const gasLimit = number(GAS, MAX_UINT64)
  const value = number(VALUE, MAX_UINT256)
  const parity = number(PARITY, 1n)
  const s = number(S, MAX_S)
  const to = bytes(TO)
  if (nonce === undefined || maxPriorityFeePerGas === undefined || maxFeePerGas === undefined || gasLimit === undefined) return undefined
  if (value === undefined || parity === undefined || !s || !number(R, MAX_UINT256) || to.length !== 20) return undefined
  if (number(CHAIN_ID, MAX_UINT256) !== chainId || maxFeePerGas < maxPriorityFeePerGas || gasLimit * maxFeePerGas > MAX_UINT256)
    return undefined
  const sender = signerOf(signedPart(raw, items.from, items.ends[ACCESS_LIST]!), parity, bytes(R), bytes(S), { keccak, recover })
  if (!sender) return undefined
  const data = bytes(DATA)
  const fields = { type: TYPE, nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas, to, value, data, accessList: [], authorizations: [] }
  return { fields, sender }
}

/** What the signature is of: the type and a list of the items before it. */
function signedPart(raw: Uint8Array, from: number, to: number): Uint8Array {
  const list = encodeList([raw.subarray(from, to)])
  const signed = new Uint8Array(1 + list.length)
  signed[0] = TYPE
  signed.set(list, 1)
  return signed
}

function signerOf(
  signed: Uint8Array,
  parity: bigint,
  r: Uint8Array,
  s: Uint8Array,
  { keccak, recover }: { readonly keccak: Keccak; readonly recover: Recover },
): Uint8Array | undefined {
  try {
    return keccak(recover(keccak(signed), parity, r, s)).slice(12)
  } catch {
    return undefined
  }
}

/** Where the payloads of the items begin and end; `from` is where the first item begins, prefix included. */
interface Items {
  readonly from: number
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** Twelve byte strings in a list that ends where `raw` does, each with the shortest prefix; the ninth is an empty list instead. */
function itemsOf(raw: Uint8Array): Items | undefined {
  const from = payloadOf(raw, 1, 0xc0)
  if (from === undefined || from.end !== raw.length) return undefined
  const starts: number[] = []
  const ends: number[] = []
  let at = from.start
  for (let index = 0; index < ITEMS; index++) {
    const found = index === ACCESS_LIST ? emptyList(raw, at) : payloadOf(raw, at, 0x80)
    if (!found) return undefined
    starts.push(found.start)
    ends.push(found.end)
    at = found.end
  }
  return at === raw.length ? { from: from.start, starts, ends } : undefined
}

interface Payload {
  readonly start: number
  readonly end: number
}

const emptyList = (raw: Uint8Array, at: number): Payload | undefined => (raw[at] === 0xc0 ? { start: at + 1, end: at + 1 } : undefined)

/** The payload of the item at `at`, of the kind whose prefixes begin with `offset` (0x80 byte strings, 0xc0 lists), within `raw`. */
function payloadOf(raw: Uint8Array, at: number, offset: number): Payload | undefined {
  const first = raw[at]
  if (first === undefined) return undefined
  if (offset === 0x80 && first < 0x80) return { start: at, end: at + 1 }
  const short = first - offset
  if (short < 0 || short >= 0x40) return undefined
  if (short < 56) {
    const end = at + 1 + short
    // A small byte is its own encoding.
    if (end > raw.length || (offset === 0x80 && short === 1 && raw[at + 1]! < 0x80)) return undefined
    return { start: at + 1, end }
  }
  const start = at + 1 + (short - 55)
  if (raw[at + 1] === 0 || short - 55 > 4 || start > raw.length) return undefined
  let length = 0
  for (let i = at + 1; i < start; i++) length = length * 256 + raw[i]!
  return length < 56 || start + length > raw.length ? undefined : { start, end: start + length }
}
