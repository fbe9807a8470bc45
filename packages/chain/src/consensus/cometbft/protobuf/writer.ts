import { WIRE } from './reader.ts'

/** Writes one protocol buffers message into memory that grows. */
export class Writer {
  #buffer = new Uint8Array(256)
  #at = 0

  varint(field: number, value: bigint | number): void {
    this.#tag(field, WIRE.varint)
    this.#varint(BigInt(value))
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, WIRE.bytes)
    this.#varint(BigInt(value.length))
    this.raw(value)
  }

  /** Bytes without tag or length. */
  raw(value: Uint8Array): void {
    this.#room(value.length)
    this.#buffer.set(value, this.#at)
    this.#at += value.length
  }

  /** A varint without tag: a length, or an element of a packed list. */
  length(value: number): void {
    this.#varint(BigInt(value))
  }

  /** What was written. A view: the writer is not used afterwards. */
  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#at)
  }

  #tag(field: number, wire: number): void {
    this.#varint(BigInt(field * 8 + wire))
  }

  #varint(value: bigint): void {
    this.#room(10)
    let left = BigInt.asUintN(64, value)
    for (; left > 0x7fn; left >>= 7n) this.#buffer[this.#at++] = Number(left & 0x7fn) | 0x80
    this.#buffer[this.#at++] = Number(left)
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes
    if (needed <= this.#buffer.length) return
    const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length))
    larger.set(this.#buffer.subarray(0, this.#at))
    this.#buffer = larger
  }
}
