import { crc32 } from 'node:zlib'
import { RLP } from '@ethereumjs/rlp'
import { KECCAK256_NULL } from '@ethereumjs/util'
import { OgError } from '@opengradient/protocol'
import { encodeRlp } from '../trie/encode.ts'
import { itemsAt } from '../trie/rlp.ts'
import { EMPTY_ROOT } from '../trie/update.ts'

/** An account as the trie and the flat state hold it. Never changed in place. */
export interface AccountRecord {
  readonly nonce: bigint
  readonly balance: bigint
  readonly storageRoot: Uint8Array
  readonly codeHash: Uint8Array
}

export const EMPTY_CODE_HASH: Uint8Array = KECCAK256_NULL
export const NEW_ACCOUNT: AccountRecord = { nonce: 0n, balance: 0n, storageRoot: EMPTY_ROOT, codeHash: EMPTY_CODE_HASH }

/** The leaf of the account trie: RLP of [nonce, balance, storageRoot, codeHash]. */
export function encodeAccount({ nonce, balance, storageRoot, codeHash }: AccountRecord): Uint8Array {
  return encodeRlp([nonce, balance, storageRoot, codeHash])
}

export function decodeAccount(rlp: Uint8Array): AccountRecord {
  const [nonce, balance, storageRoot, codeHash] = RLP.decode(rlp) as Four<Uint8Array>
  return { nonce: toBigint(nonce), balance: toBigint(balance), storageRoot: storageRoot.slice(), codeHash: codeHash.slice() }
}

/**
 * As `decodeAccount`, for bytes that `encodeAccount` has made and a seal has kept: nothing is checked, in a third of the time. The root and
 * the hash of an account without storage and code are the same arrays for all.
 */
export function readAccount(rlp: Uint8Array): AccountRecord {
  const [nonce, balance, storageRoot, codeHash] = itemsAt(rlp, 0).map(({ start, end }) => rlp.subarray(start, end)) as Four<Uint8Array>
  return {
    nonce: toBigint(nonce),
    balance: toBigint(balance),
    storageRoot: sameBytes(storageRoot, EMPTY_ROOT) ? EMPTY_ROOT : storageRoot.slice(),
    codeHash: sameBytes(codeHash, EMPTY_CODE_HASH) ? EMPTY_CODE_HASH : codeHash.slice(),
  }
}

type Four<T> = [T, T, T, T]

export function sameAccount(a: AccountRecord, b: AccountRecord): boolean {
  return a.nonce === b.nonce && a.balance === b.balance && sameBytes(a.storageRoot, b.storageRoot) && sameBytes(a.codeHash, b.codeHash)
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a === b || Buffer.compare(a, b) === 0

/** A big-endian number; empty is zero. */
export function toBigint(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`)
}

/**
 * A flat value with four bytes that tie it to its key. Trie nodes and code are known by their hash; a damaged flat value would
 * otherwise be believed.
 */
export function seal(key: Uint8Array, value: Uint8Array): Uint8Array {
  const out = new Uint8Array(value.length + 4)
  out.set(value)
  new DataView(out.buffer).setUint32(value.length, crc32(value, crc32(key)))
  return out
}

/** The value inside; throws `CHAIN_DATA_CORRUPT` when it is not what was sealed under this key. */
export function unseal(key: Uint8Array, sealed: Uint8Array): Uint8Array {
  const value = sealed.subarray(0, -4)
  const sum = sealed.length < 4 ? undefined : new DataView(sealed.buffer, sealed.byteOffset, sealed.length).getUint32(sealed.length - 4)
  if (sum === crc32(value, crc32(key))) return value
  throw new OgError('CHAIN_DATA_CORRUPT', 'An entry of the chain database is damaged. Restore a backup, or reset the network.', {
    details: { key: Buffer.from(key).toString('hex') },
  })
}
