import { OgError } from '@opengradient/protocol'

/** What a store holds: its names, and the bytes taken by them and promised to running uploads (two uploads never share the last space). */
export class Inventory {
  readonly quotaBytes: number
  private readonly names = new Set<string>()
  private taken = 0

  constructor(quotaBytes: number) {
    this.quotaBytes = quotaBytes
  }

  get files(): number {
    return this.names.size
  }

  get usedBytes(): number {
    return this.taken
  }

  /** @throws OgError `STORE_QUOTA`, and takes nothing, when `bytes` more do not fit */
  reserve(bytes: number): void {
    const left = Math.max(0, this.quotaBytes - this.taken)
    if (bytes > left)
      throw new OgError(
        'STORE_QUOTA',
        `the store's quota of ${this.quotaBytes} bytes has ${left} left and ${bytes} are needed; raise the quota or remove files`,
        { details: { quotaBytes: this.quotaBytes, usedBytes: this.taken, neededBytes: bytes } },
      )
    this.taken += bytes
  }

  release(bytes: number): void {
    this.taken -= bytes
  }

  /** Counts bytes that lie on the disk already, whatever the quota says. */
  found(bytes: number, name?: string): void {
    this.taken += bytes
    if (name !== undefined) this.names.add(name)
  }

  /** @returns false when the name was there before; its bytes then are not taken a second time */
  add(name: string): boolean {
    if (this.names.has(name)) return false
    this.names.add(name)
    return true
  }

  drop(name: string): void {
    this.names.delete(name)
  }
}
