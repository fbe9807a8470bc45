import { bytesToHex as data } from '@opengradient/protocol'

/** `Error(string)` and `Panic(uint256)`: what Solidity reverts with by itself. */
const ERROR_SELECTOR = '0x08c379a0'
const PANIC_SELECTOR = '0x4e487b71'

/** Meanings of Solidity's panic codes, in the words of geth. */
const PANICS: Readonly<Record<string, string>> = {
  '0': 'generic panic',
  '1': 'assert(false)',
  '17': 'arithmetic underflow or overflow',
  '18': 'division or modulo by zero',
  '33': 'enum overflow',
  '34': 'invalid encoded storage byte array accessed',
  '49': 'out-of-bounds array access; popping on an empty array',
  '50': 'out-of-bounds access of an array or bytesN',
  '65': 'out of memory',
  '81': 'uninitialized function',
}

/** The reason in `Error(string)` or `Panic(uint256)` data; undefined for custom errors and anything malformed. */
export function revertReason(returnData: Uint8Array): string | undefined {
  const selector = data(returnData.subarray(0, 4))
  const body = returnData.subarray(4)
  if (selector === PANIC_SELECTOR && body.length === 32) {
    const code = BigInt(data(body))
    return PANICS[code.toString()] ?? `unknown panic code: 0x${code.toString(16)}`
  }
  return selector === ERROR_SELECTOR ? abiString(body) : undefined
}

/** An ABI-encoded string: offset, length, UTF-8 padded to words. */
function abiString(body: Uint8Array): string | undefined {
  const offset = wordAt(body, 0)
  const length = offset === undefined ? undefined : wordAt(body, offset)
  if (offset === undefined || length === undefined || offset + 32 + length > body.length) return undefined
  return new TextDecoder().decode(body.subarray(offset + 32, offset + 32 + length))
}

/** The 32-byte number at `offset`, if it lies inside and is small enough to be a position in the data. */
function wordAt(body: Uint8Array, offset: number): number | undefined {
  if (offset + 32 > body.length) return undefined
  const value = BigInt(data(body.subarray(offset, offset + 32)))
  return value <= BigInt(body.length) ? Number(value) : undefined
}
