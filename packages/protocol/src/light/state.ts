import { type Address, bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts'
import { keccak256 } from '../crypto/hash.ts'
import { OgError } from '../error/error.ts'
import { decodeRlp, rlpBytes, rlpList, rlpUint } from './rlp.ts'
import { verifyTrieProof } from './trie.ts'

/** An account as the state trie holds it. */
export interface Account {
  nonce: bigint
  /** OPG wei. */
  balance: bigint
  storageRoot: Hex
  codeHash: Hex
}

/**
 * The account at `address` under `stateRoot`, proved by `proof` (the `accountProof` of `eth_getProof`); `undefined` if the
 * proof shows that there is none. Throws `PROOF_*` or `RLP_MALFORMED`.
 */
export function accountAt(stateRoot: Hex, address: Address, proof: readonly Hex[]): Account | undefined {
  const value = verifyTrieProof(stateRoot, keccak256(hexToBytes(address, 20, 'address')), proof)
  if (value === undefined) return undefined
  const fields = rlpList(decodeRlp(value), 'account')
  if (fields.length !== 4) throw new OgError('PROOF_MALFORMED', `State proof: an account has 4 fields, not ${fields.length}.`)
  return {
    nonce: rlpUint(fields[0], 'account nonce', 8),
    balance: rlpUint(fields[1], 'account balance', 32),
    storageRoot: bytesToHex(rlpBytes(fields[2], 'account storage root', 32)),
    codeHash: bytesToHex(rlpBytes(fields[3], 'account code hash', 32)),
  }
}

/**
 * The 32-byte word in storage slot `slot` (32 bytes) under `storageRoot`, proved by `proof`; zero if the proof shows that
 * nothing is stored. Throws `PROOF_*` or `RLP_MALFORMED`.
 */
export function storageAt(storageRoot: Hex, slot: Hex, proof: readonly Hex[]): Hex {
  const value = verifyTrieProof(storageRoot, keccak256(hexToBytes(slot, 32, 'slot')), proof)
  if (value === undefined) return bytesToHex(new Uint8Array(32))
  const word = rlpUint(decodeRlp(value), 'storage word', 32)
  if (word === 0n) throw new OgError('PROOF_MALFORMED', 'State proof: a stored word is never zero.')
  return `0x${word.toString(16).padStart(64, '0')}`
}
