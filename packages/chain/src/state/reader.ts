import { type Address, bytesToHex, type Hex, hexToBytes } from '@opengradient/protocol'
import type { AccountProof, AccountView, StateReader } from '../chain.ts'
import type { Keccak } from '../crypto/keccak.ts'
import { proveTrie } from '../trie/read.ts'
import { type AccountRecord, EMPTY_CODE_HASH, NEW_ACCOUNT, sameBytes, toBigint } from './account.ts'
import { trieBase } from './base.ts'
import type { HashedStore } from './nodes.ts'

/** Reads the state under one root, with proofs. */
export function stateReader(height: bigint, root: Uint8Array, hashed: HashedStore, keccak: Keccak): StateReader {
  const base = trieBase(root, hashed, keccak)
  const find = (address: Address): AccountRecord | undefined => base.account(hexToBytes(address))
  return {
    height,
    async account(address) {
      const record = find(address)
      return record && view(record)
    },
    async code(address) {
      const hash = find(address)?.codeHash
      return hash && !sameBytes(hash, EMPTY_CODE_HASH) ? base.code(hash) : new Uint8Array()
    },
    async storage(address, slot) {
      return toBigint(base.slot(hexToBytes(address), hexToBytes(slot)))
    },
    async proof(address, slots): Promise<AccountProof> {
      const bytes = hexToBytes(address)
      const record = find(address) ?? NEW_ACCOUNT
      return {
        account: view(record),
        accountProof: proveTrie(root, keccak(bytes), hashed.node).map(bytesToHex),
        storage: slots.map((slot: Hex) => ({
          slot,
          value: toBigint(base.slot(bytes, hexToBytes(slot))),
          proof: proveTrie(record.storageRoot, keccak(hexToBytes(slot)), hashed.node).map(bytesToHex),
        })),
      }
    },
  }
}

const view = ({ nonce, balance, storageRoot, codeHash }: AccountRecord): AccountView => ({
  nonce,
  balance,
  storageRoot: bytesToHex(storageRoot),
  codeHash: bytesToHex(codeHash),
})
