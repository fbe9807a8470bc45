import type { Hex, Receipt } from '@opengradient/protocol'

/** A receipt with what it is paid with, as `Settlement.settleMany` takes them. Both signatures are of 65 bytes. */
export interface SettleEntry {
  receipt: Receipt
  signature: Hex
  payment: { validAfter: bigint; validBefore: bigint; nonce: Hex; signature: Hex }
}

/** Bytes of call data that one entry takes. */
export const ENTRY_BYTES = 12 * 32 + 5 * 32 + 9 * 32

const WORD = 32
const RECEIPT_WORDS = 12
/** Length and 65 bytes, padded. */
const SIGNATURE_WORDS = 4
/** validAfter, validBefore, nonce, offset of the signature, signature. */
const PAYMENT_WORDS = 4 + SIGNATURE_WORDS

/**
 * Call data of `settleMany(Receipt[], bytes[], ExactPayment[])`. Written by hand because the node makes it while requests run:
 * 1 ms for 150 entries, where a general encoder takes 40. A test compares it with viem's.
 */
export function encodeSettleMany(selector: Hex, entries: readonly SettleEntry[]): Buffer {
  const n = entries.length
  const receiptsAt = 3 * WORD
  const signaturesAt = receiptsAt + WORD * (1 + RECEIPT_WORDS * n)
  const paymentsAt = signaturesAt + WORD * (1 + (1 + SIGNATURE_WORDS) * n)
  const out = new Words(4 + paymentsAt + WORD * (1 + (1 + PAYMENT_WORDS) * n))
  out.hex(selector, 4)
  for (const at of [receiptsAt, signaturesAt, paymentsAt]) out.number(at)

  out.number(n)
  for (const { receipt: r } of entries) {
    for (const hash of [r.requestId, r.paymentId, r.modelId, r.requestHash, r.responseHash, r.executionHash, r.proofRef])
      out.hex(hash, WORD)
    out.number(r.level)
    out.address(r.node)
    out.address(r.payer)
    out.bigint(r.price)
    out.bigint(r.issuedAt)
  }

  out.number(n)
  for (let i = 0; i < n; i++) out.number(WORD * (n + SIGNATURE_WORDS * i))
  for (const { signature } of entries) out.signature(signature)

  out.number(n)
  for (let i = 0; i < n; i++) out.number(WORD * (n + PAYMENT_WORDS * i))
  for (const { payment } of entries) {
    out.bigint(payment.validAfter)
    out.bigint(payment.validBefore)
    out.hex(payment.nonce, WORD)
    out.number(4 * WORD)
    out.signature(payment.signature)
  }
  return out.bytes
}

/** ABI words one after the other. */
class Words {
  readonly bytes: Buffer
  #at = 0

  constructor(length: number) {
    this.bytes = Buffer.alloc(length)
  }

  hex(value: Hex, length: number): void {
    this.bytes.write(value.slice(2), this.#at, length, 'hex')
    this.#at += length
  }

  number(value: number): void {
    this.bytes.writeUInt32BE(value, this.#at + 28)
    this.#at += WORD
  }

  bigint(value: bigint): void {
    this.hex(`0x${value.toString(16).padStart(64, '0')}`, WORD)
  }

  address(value: Hex): void {
    this.bytes.write(value.slice(2), this.#at + 12, 20, 'hex')
    this.#at += WORD
  }

  /** Length and bytes, padded with zeros. */
  signature(value: Hex): void {
    this.number(65)
    this.bytes.write(value.slice(2), this.#at, 65, 'hex')
    this.#at += 3 * WORD
  }
}
