import { demand } from '../result/rejection.ts'

/** Reads fixed binary layouts (quotes, reports, TPM structures) from front to back. MALFORMED when the bytes end too early. */
export class BinaryReader {
  private readonly bytes: Uint8Array
  private readonly what: string
  private offset = 0

  /** `what` names the structure in messages. */
  constructor(bytes: Uint8Array, what: string) {
    this.bytes = bytes
    this.what = what
  }

  get left(): number {
    return this.bytes.length - this.offset
  }

  take(length: number): Uint8Array {
    demand(length <= this.left, 'MALFORMED', `${this.what}: ${length} bytes expected at ${this.offset}, ${this.left} are left.`)
    this.offset += length
    return this.bytes.subarray(this.offset - length, this.offset)
  }

  /** The next bytes without moving on. */
  peek(length: number): Uint8Array {
    const bytes = this.take(length)
    this.offset -= length
    return bytes
  }

  /** An unsigned integer of up to six bytes, least significant byte first. */
  little(length: number): number {
    return this.take(length).reduceRight((value, byte) => value * 256 + byte, 0)
  }

  /** An unsigned integer of up to six bytes, most significant byte first. */
  big(length: number): number {
    return this.take(length).reduce((value, byte) => value * 256 + byte, 0)
  }

  /** Bytes that must be zero. */
  zeros(length: number): void {
    demand(allZero(this.take(length)), 'MALFORMED', `${this.what}: reserved bytes before ${this.offset} are not zero.`)
  }

  end(): void {
    demand(this.left === 0, 'MALFORMED', `${this.what}: ${this.left} bytes left over.`)
  }
}

export const allZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)
