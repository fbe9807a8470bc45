import { hash } from 'node:crypto'
import {
  type Address,
  addressOf,
  type Batch,
  batchHash,
  bytesToHex,
  checkPrivateKey,
  compileTypedStruct,
  type Domain,
  domainSeparator,
  eip712Domain,
  type Hex,
  hexToBytes,
  keccak256,
  RECEIPT_TYPES,
  type Receipt,
  signDigest,
} from '@opengradient/protocol'
import { nativeSecp256k1 } from '@opengradient/protocol/node'

/** A receipt as it leaves the node. */
export interface Signed {
  receiptHash: Hex
  /** r ‖ s ‖ v, 65 bytes. */
  signature: Hex
  /** The `OG-Receipt` header. */
  header: string
}

const HASHES = ['requestId', 'paymentId', 'modelId', 'requestHash', 'responseHash', 'executionHash', 'proofRef'] as const
const WORD = 32
/** Words of the struct: the type hash, the hashes, and these. */
const [LEVEL, NODE, PAYER, PRICE, ISSUED] = [8, 9, 10, 11, 12] as const
const STRUCT_LENGTH = 13 * WORD
const LEVEL_AT = LEVEL * WORD + 31
/** What follows the level in the header: where in the struct, and how long. */
const HEADER_PARTS = [
  [NODE * WORD + 12, 20],
  [PAYER * WORD + 12, 20],
  [PRICE * WORD, WORD],
  [ISSUED * WORD + 24, 8],
] as const
const SIGNATURE_LENGTH = 65
const HEADER_LENGTH = 1 + 7 * WORD + 1 + 20 + 20 + 32 + 8 + SIGNATURE_LENGTH

/**
 * Signs receipts and batches with the node's receipt key. A receipt's EIP-712 digest, signature and header come from one pass
 * over one buffer: what `receiptHash`, `signDigest` and `encodeReceiptHeader` give (a property test compares them), in half the time.
 */
export class ReceiptSigner {
  readonly address: Address
  readonly domain: Domain
  readonly #key: Uint8Array
  readonly #sign: (digest: Uint8Array, signature: Uint8Array) => void
  readonly #struct = Buffer.alloc(STRUCT_LENGTH)
  /** What stands in the words of the struct. */
  readonly #written: Hex[] = Array.from({ length: 13 }, () => '0x')
  #price = 0n
  readonly #typed = Buffer.alloc(2 + 2 * WORD)
  readonly #digest = Buffer.alloc(WORD)
  readonly #header = Buffer.alloc(HEADER_LENGTH)
  /** r ‖ s ‖ v, the end of the header. */
  readonly #signature = this.#header.subarray(HEADER_LENGTH - SIGNATURE_LENGTH)

  constructor(privateKey: Uint8Array, domain: Domain) {
    checkPrivateKey(privateKey)
    this.#key = privateKey
    this.address = addressOf(privateKey)
    this.domain = domain
    this.#sign = signFunction(privateKey)
    this.#struct.set(compileTypedStruct(RECEIPT_TYPES, 'Receipt').typeHash)
    this.#typed.set([0x19, 0x01])
    this.#typed.set(domainSeparator(eip712Domain(domain)), 2)
    this.#header[0] = 1
  }

  /** Signs one receipt. Its hex fields are trusted to be of their lengths. */
  receipt(receipt: Receipt): Signed {
    const struct = this.#struct
    for (let i = 0; i < HASHES.length; i++) this.#put(receipt[HASHES[i]!], i + 1, WORD)
    struct[LEVEL_AT] = receipt.level
    this.#put(receipt.node, NODE, 20)
    this.#put(receipt.payer, PAYER, 20)
    if (receipt.price !== this.#price) {
      this.#price = receipt.price
      struct.write(receipt.price.toString(16).padStart(64, '0'), PRICE * WORD, WORD, 'hex')
    }
    struct.writeBigUInt64BE(receipt.issuedAt, ISSUED * WORD + 24)
    this.#typed.set(keccak256(struct), 2 + WORD)
    this.#digest.set(keccak256(this.#typed))
    this.#sign(this.#digest, this.#signature)
    this.#fillHeader()
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

  /** At the end of its word, unless it stands there: half the members of a receipt are those of the one before. */
  #put(value: Hex, word: number, length: number): void {
    if (value === this.#written[word]) return
    this.#written[word] = value
    this.#struct.write(value.slice(2), (word + 1) * WORD - length, length, 'hex')
  }

  /** All of the header but the version before it and the signature behind it. */
  #fillHeader(): void {
    const [header, struct] = [this.#header, this.#struct]
    struct.copy(header, 1, WORD, 8 * WORD)
    let at = 1 + 7 * WORD
    header[at] = struct[LEVEL_AT]!
    at += 1
    for (const [from, length] of HEADER_PARTS) {
      struct.copy(header, at, from, from + length)
      at += length
    }
  }
}

/** SHA-256 as hex, natively. */
export function sha256Hex(bytes: Uint8Array): Hex {
  return `0x${hash('sha256', bytes, 'hex')}`
}

/** Writes r ‖ s ‖ v of a digest, 65 bytes. */
function signFunction(privateKey: Uint8Array): (digest: Uint8Array, signature: Uint8Array) => void {
  const native = nativeSecp256k1()
  if (!native) return (digest, signature) => signature.set(hexToBytes(signDigest(bytesToHex(digest), privateKey)))
  const rs = new Uint8Array(64)
  return (digest, signature) => {
    signature[64] = 27 + native.sign(digest, privateKey, rs)
    signature.set(rs)
  }
}
