import { hash } from 'node:crypto'
import {
  type Address,
  addressOf,
  type Batch,
  batchHash,
  checkPrivateKey,
  compileTypedStruct,
  type Domain,
  domainSeparator,
  eip712Domain,
  type Hex,
  RECEIPT_TYPES,
  type Receipt,
  signDigest,
} from '@opengradient/protocol'
import { type TypedSigner, typedSigner } from '@opengradient/protocol/node'

/** A receipt as it leaves the node. */
export interface Signed {
  receiptHash: Hex
  /** r ‖ s ‖ v, 65 bytes. */
  signature: Hex
  /** The `OG-Receipt` header. */
  header: string
}

const WORD = 32
/** Words of the struct: the type hash, seven hashes, and these. */
const [LEVEL, NODE, PAYER, PRICE, ISSUED] = [8, 9, 10, 11, 12] as const
const STRUCT_LENGTH = 13 * WORD
const LEVEL_AT = LEVEL * WORD + 31
/** What the header has of the struct, one behind the other: where it stands there, and how long it is. First the hashes, then the rest. */
const HEADER_PARTS = [
  [WORD, 7 * WORD],
  [LEVEL_AT, 1],
  [NODE * WORD + 12, 20],
  [PAYER * WORD + 12, 20],
  [PRICE * WORD, WORD],
  [ISSUED * WORD + 24, 8],
] as const
const SIGNATURE_LENGTH = 65
const HEADER_LENGTH = HEADER_PARTS.reduce((sum, [, length]) => sum + length, 1 + SIGNATURE_LENGTH)

/** A part of the struct, and where it stands in the header: views are made once. */
interface Part {
  readonly part: Uint8Array
  readonly at: number
}

/**
 * Signs receipts and batches with the node's receipt key. A receipt's EIP-712 digest, signature and header come from one pass
 * over one buffer: what `receiptHash`, `signDigest` and `encodeReceiptHeader` give (a property test compares them), in half the time.
 */
export class ReceiptSigner {
  readonly address: Address
  readonly domain: Domain
  readonly #key: Uint8Array
  readonly #sign: TypedSigner
  readonly #struct = Buffer.alloc(STRUCT_LENGTH)
  /** What stands in the words of the struct. */
  readonly #written: Hex[] = Array.from({ length: 13 }, () => '0x')
  /** What stands behind the hashes, in struct and header: often the same for a second. */
  #rest: Pick<Receipt, 'level' | 'node' | 'payer' | 'price' | 'issuedAt'> | undefined
  readonly #digest = Buffer.alloc(WORD)
  readonly #header = Buffer.alloc(HEADER_LENGTH)
  readonly #hashPart: Part
  readonly #restParts: readonly Part[]
  /** r ‖ s ‖ v, the end of the header. */
  readonly #signature = this.#header.subarray(HEADER_LENGTH - SIGNATURE_LENGTH)

  constructor(privateKey: Uint8Array, domain: Domain) {
    checkPrivateKey(privateKey)
    this.#key = privateKey
    this.address = addressOf(privateKey)
    this.domain = domain
    this.#sign = typedSigner(domainSeparator(eip712Domain(domain)), privateKey)
    this.#struct.set(compileTypedStruct(RECEIPT_TYPES, 'Receipt').typeHash)
    this.#header[0] = 1
    let at = 1
    const [hashPart, ...restParts] = HEADER_PARTS.map(([from, length]): Part => {
      at += length
      return { part: this.#struct.subarray(from, from + length), at: at - length }
    })
    this.#hashPart = hashPart!
    this.#restParts = restParts
  }

  /** Signs one receipt. Its hex fields are trusted to be of their lengths. */
  receipt(receipt: Receipt): Signed {
    this.#write(receipt.requestId, 1, WORD)
    this.#put(receipt.paymentId, 2)
    this.#put(receipt.modelId, 3)
    this.#write(receipt.requestHash, 4, WORD)
    this.#write(receipt.responseHash, 5, WORD)
    this.#write(receipt.executionHash, 6, WORD)
    this.#put(receipt.proofRef, 7)
    this.#putRest(receipt)
    this.#sign(this.#struct, this.#digest, this.#signature)
    this.#header.set(this.#hashPart.part, this.#hashPart.at)
    return {
      receiptHash: `0x${this.#digest.toString('hex')}`,
      signature: `0x${this.#signature.toString('hex')}`,
      header: this.#header.toString('base64url'),
    }
  }

  /** Signs a batch. */
  batch(batch: Batch): Hex {
    return signDigest(batchHash(batch, this.domain), this.#key)
  }

  /** A hash that is often that of the receipt before. */
  #put(value: Hex, word: number): void {
    if (value === this.#written[word]) return
    this.#written[word] = value
    this.#write(value, word, WORD)
  }

  /** At the end of its word. */
  #write(value: Hex, word: number, length: number): void {
    this.#struct.write(value.slice(2), (word + 1) * WORD - length, length, 'hex')
  }

  #putRest({ level, node, payer, price, issuedAt }: Receipt): void {
    const [struct, rest] = [this.#struct, this.#rest]
    if (rest?.issuedAt === issuedAt && rest.price === price && rest.payer === payer && rest.level === level && rest.node === node) return
    // Until all of it is written nothing is known of what stands there.
    this.#rest = undefined
    struct[LEVEL_AT] = level
    this.#write(node, NODE, 20)
    this.#write(payer, PAYER, 20)
    struct.write(price.toString(16).padStart(64, '0'), PRICE * WORD, WORD, 'hex')
    struct.writeBigUInt64BE(issuedAt, ISSUED * WORD + 24)
    for (const { part, at } of this.#restParts) this.#header.set(part, at)
    this.#rest = { level, node, payer, price, issuedAt }
  }
}

/** SHA-256 as hex, natively. */
export function sha256Hex(bytes: Uint8Array): Hex {
  return `0x${hash('sha256', bytes, 'hex')}`
}
