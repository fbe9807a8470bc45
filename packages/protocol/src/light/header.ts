import { type Address, bytesToHex, type Hex, hexLength, hexToBytes } from '../bytes/hex.ts'
import { keccak256Hex } from '../crypto/hash.ts'
import { OgError } from '../error/error.ts'
import { isError } from '../realm/realm.ts'
import { decodeRlp, type RlpItem, rlpBytes, rlpList, rlpUint } from './rlp.ts'

/** Most bytes of a header; Ethereum's are some 600, with up to 32 of extra data. */
export const MAX_HEADER_BYTES = 2048

/** The parts of an Ethereum block header that proofs need. */
export interface Header {
  /** Keccak-256 of the RLP. */
  hash: Hex
  parentHash: Hex
  coinbase: Address
  stateRoot: Hex
  transactionsRoot: Hex
  receiptsRoot: Hex
  number: number
  gasLimit: bigint
  gasUsed: bigint
  /** Unix seconds. */
  timestamp: number
  /** Present since London. */
  baseFeePerGas?: bigint
}

const MIN_FIELDS = 15
const MAX_FIELDS = 32

/**
 * A header from its untrusted RLP. Fields are read by position: 15 since the beginning, those that forks added behind
 * (base fee, withdrawals root, blob gas, beacon root, requests hash; 21 as of Prague) may be missing, later ones are part
 * of the hash and otherwise ignored. Throws `HEADER_MALFORMED`.
 */
export function parseHeader(rlp: Hex): Header {
  if (hexLength(rlp) > MAX_HEADER_BYTES) throw malformed(`${hexLength(rlp)} bytes; the limit is ${MAX_HEADER_BYTES}`)
  try {
    const bytes = hexToBytes(rlp)
    return { hash: keccak256Hex(bytes), ...readFields(rlpList(decodeRlp(bytes), 'header')) }
  } catch (cause) {
    throw cause instanceof OgError && cause.code === 'HEADER_MALFORMED' ? cause : malformed(messageOf(cause), cause)
  }
}

function readFields(fields: RlpItem[]): Omit<Header, 'hash'> {
  if (fields.length < MIN_FIELDS || fields.length > MAX_FIELDS)
    throw malformed(`${fields.length} fields; expected ${MIN_FIELDS} to ${MAX_FIELDS}`)
  const hash = (i: number, name: string): Hex => bytesToHex(rlpBytes(fields[i], name, 32))
  hash(1, 'ommersHash')
  rlpBytes(fields[6], 'logsBloom', 256)
  rlpUint(fields[7], 'difficulty', 32)
  rlpBytes(fields[12], 'extraData')
  hash(13, 'mixHash')
  rlpBytes(fields[14], 'nonce', 8)
  const header: Omit<Header, 'hash'> = {
    parentHash: hash(0, 'parentHash'),
    coinbase: bytesToHex(rlpBytes(fields[2], 'coinbase', 20)),
    stateRoot: hash(3, 'stateRoot'),
    transactionsRoot: hash(4, 'transactionsRoot'),
    receiptsRoot: hash(5, 'receiptsRoot'),
    number: safeUint(fields[8], 'number'),
    gasLimit: rlpUint(fields[9], 'gasLimit', 8),
    gasUsed: rlpUint(fields[10], 'gasUsed', 8),
    timestamp: safeUint(fields[11], 'timestamp'),
  }
  if (fields.length > 15) header.baseFeePerGas = rlpUint(fields[15], 'baseFeePerGas', 32)
  return header
}

function safeUint(item: RlpItem | undefined, name: string): number {
  const value = Number(rlpUint(item, name, 8))
  if (!Number.isSafeInteger(value)) throw malformed(`${name} is beyond 2^53`)
  return value
}

function malformed(problem: string, cause?: unknown): OgError {
  return new OgError('HEADER_MALFORMED', `Block header: ${problem}.`, { cause })
}

function messageOf(error: unknown): string {
  return (isError(error) ? error.message : String(error)).replace(/\.$/, '')
}
