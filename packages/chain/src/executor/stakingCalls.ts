import { bytesToHex, concatBytes, hexToBytes, keccak256, OgError, utf8 } from '@opengradient/protocol'
import type { ConsensusReport, ValidatorUpdate } from '../consensus/report.ts'

/** What the executor says to `Staking`, and understands of it: the few ABI types of two functions (Solidity's "Contract ABI Specification"). */
const WORD = 32
const selector = (signature: string) => keccak256(utf8(signature)).subarray(0, 4)
const BEGIN_BLOCK = selector('beginBlock(bytes20[],(bytes20,uint64)[])')

/** Data of a call of `endBlock()`, which `Rewards` and `Staking` both have. */
export const END_BLOCK = selector('endBlock()')

/**
 * Data of the call of `Staking.beginBlock`: who was absent, who misbehaved. Undefined when everybody signed and nobody did, for then
 * there is nothing to write down and no call.
 */
export function beginBlockData({ votes, misbehaviour }: ConsensusReport): Uint8Array | undefined {
  const absent = votes.filter(({ signed }) => !signed)
  if (absent.length === 0 && misbehaviour.length === 0) return undefined
  return concatBytes(
    BEGIN_BLOCK,
    number(2 * WORD),
    number((3 + absent.length) * WORD),
    number(absent.length),
    ...absent.map(({ validator }) => bytes20(hexToBytes(validator))),
    number(misbehaviour.length),
    ...misbehaviour.flatMap(({ validator, height }) => [bytes20(hexToBytes(validator)), number(height)]),
  )
}

/** What `Staking.endBlock` returned: an array of (bytes key, uint64 power). Throws `CHAIN_BLOCK_INVALID` for anything else. */
export function decodeUpdates(returned: Uint8Array): ValidatorUpdate[] {
  const start = offsetAt(returned, 0)
  const count = offsetAt(returned, start)
  const base = start + WORD
  if (base + count * WORD > returned.length) throw unreadable()
  return Array.from({ length: count }, (_, index) => {
    const item = base + offsetAt(returned, base + index * WORD)
    const key = item + offsetAt(returned, item)
    const length = offsetAt(returned, key)
    if (key + WORD + length > returned.length) throw unreadable()
    return { key: returned.slice(key + WORD, key + WORD + length), power: wordAt(returned, item + WORD) }
  })
}

function number(value: number | bigint): Uint8Array {
  return hexToBytes(`0x${value.toString(16).padStart(2 * WORD, '0')}`)
}

/** On the left of its word, unlike a number. */
function bytes20(value: Uint8Array): Uint8Array {
  const word = new Uint8Array(WORD)
  word.set(value)
  return word
}

function wordAt(bytes: Uint8Array, at: number): bigint {
  if (at + WORD > bytes.length) throw unreadable()
  return BigInt(bytesToHex(bytes.subarray(at, at + WORD)))
}

/** A length or an offset: nothing that is returned is longer than the return data. */
function offsetAt(bytes: Uint8Array, at: number): number {
  const value = wordAt(bytes, at)
  if (value > BigInt(bytes.length)) throw unreadable()
  return Number(value)
}

const unreadable = () =>
  new OgError('CHAIN_BLOCK_INVALID', 'The validator updates that Staking.endBlock returned are not what its ABI says. No block can follow.')
