import type { Common } from '@ethereumjs/common'
import { createTxFromRLP, type TypedTransaction } from '@ethereumjs/tx'
import { Address as EvmAddress } from '@ethereumjs/util'
import { type Address, bytesToHex, type Hex, hexToBytes, isOgError } from '@opengradient/protocol'
import type { Transaction } from '../chain.ts'
import type { Crypto } from '../crypto/crypto.ts'
import { MAX_TRANSACTION_BYTES } from './rules.ts'
import type { Fields } from './transaction/fields.ts'
import { readSigned, rejected, type SignedTransaction } from './transaction/signed.ts'

/**
 * The transaction in `raw` (EIP-2718, untrusted), with its sender recovered. Refuses with `CHAIN_TX_REJECTED`: what is malformed or not
 * the canonical encoding, over the size limit, of another chain or without chain id (it could be replayed), a blob transaction, or
 * wrongly signed. Says nothing about nonce, balance or gas.
 */
export function decodeTransaction(raw: Uint8Array, common: Common, crypto: Crypto): Transaction {
  if (raw.length > MAX_TRANSACTION_BYTES) throw rejected(`it has ${raw.length} bytes, more than ${MAX_TRANSACTION_BYTES}`)
  const { sender, fields } = read(raw, common.chainId(), crypto)
  return new DecodedTransaction(raw, crypto.keccak(raw), sender, fields, common)
}

function read(raw: Uint8Array, chainId: bigint, crypto: Crypto): SignedTransaction {
  try {
    return readSigned(raw, chainId, crypto)
  } catch (error) {
    throw isOgError(error, 'RLP_MALFORMED') ? rejected(error.message.replace(/\.$/, ''), error) : error
  }
}

/** Was found right; EthereumJS's object, which is large and seldom needed, is made when somebody asks for it. */
class DecodedTransaction implements Transaction {
  readonly raw: Uint8Array
  readonly hash: Hex
  readonly sender: Address
  readonly nonce: bigint
  readonly fields: Fields
  readonly #common: Common
  #inner: TypedTransaction | undefined

  constructor(raw: Uint8Array, hash: Uint8Array, sender: Uint8Array, fields: Fields, common: Common) {
    this.raw = raw
    this.hash = bytesToHex(hash)
    this.sender = bytesToHex(sender)
    this.nonce = fields.nonce
    this.fields = fields
    this.#common = common
  }

  get inner(): TypedTransaction {
    this.#inner ??= remember(
      createTxFromRLP(this.raw, { common: this.#common, freeze: false }),
      hexToBytes(this.hash),
      hexToBytes(this.sender),
    )
    return this.#inner
  }
}

/** EthereumJS would hash again at each question, slowly. */
function remember(inner: TypedTransaction, hash: Uint8Array, sender: Uint8Array): TypedTransaction {
  const address = new EvmAddress(sender)
  inner.hash = () => hash
  inner.getSenderAddress = () => address
  Object.freeze(inner)
  return inner
}

/** What EthereumJS says, without the state it appends, and without the source code that it puts in the place of a chain id. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text
    .replace(/ \((vm hf|tx type|block number)[\s\S]*$/, '')
    .replace(/^Common chain ID [\s\S]* not matching the derived chain ID (\d+)$/, 'its chain id is $1, not that of this chain')
}
