import { type AttestationEvidence, encodeCmw, type Hex, OgError } from '@opengradient/protocol'
import { isDiskFull } from '@opengradient/protocol/disk'
import type { Files } from '../proving/files.ts'
import { UNFINISHED } from '../proving/files.ts'

/** Envelopes are kept so many seconds after their keyset is over: bundles are made of them. */
const KEPT_SECONDS = 2 * 86_400
const NAME = /^([0-9a-f]{64})-([0-9]{1,12})\.cmw$/

/**
 * The envelopes of every keyset that this folder had attested, a file each (`DIGEST-NOTAFTER.cmw`). They are public. That a keyset is here
 * says that this folder, and no copy of it, registered it; see `NODE_ROLLBACK`.
 */
export class EnvelopeShelf {
  readonly #files: Files
  readonly #names = new Map<Hex, string>()

  private constructor(files: Files) {
    this.#files = files
  }

  /** @throws what the disk says */
  static async open(files: Files): Promise<EnvelopeShelf> {
    const shelf = new EnvelopeShelf(files)
    for (const { name } of await files.list()) {
      const digest = NAME.exec(name)?.[1]
      if (digest !== undefined) shelf.#names.set(`0x${digest}`, name)
      else if (UNFINISHED.test(name)) await files.remove(name)
    }
    return shelf
  }

  has(digest: Hex): boolean {
    return this.#names.has(digest)
  }

  /**
   * Keeps an envelope; it is on disk when this resolves.
   * @param notAfter unix seconds
   * @throws OgError `DISK_FULL`, `JOURNAL_FAILED`
   */
  async keep(digest: Hex, evidence: AttestationEvidence, notAfter: number): Promise<void> {
    const name = `${digest.slice(2)}-${notAfter}.cmw`
    const envelope = encodeCmw(evidence)
    await this.#files.write(name, envelope).catch((cause: Error) => {
      if (isDiskFull(cause))
        throw new OgError('DISK_FULL', 'the disk of the node is full: the evidence about a keyset could not be written', { cause })
      throw new OgError('JOURNAL_FAILED', `the evidence about a keyset could not be written: ${cause.message}`, { cause })
    })
    this.#names.set(digest, name)
  }

  /** An envelope as bytes of `encodeCmw`. */
  async read(digest: Hex): Promise<Uint8Array | undefined> {
    const name = this.#names.get(digest)
    return name === undefined ? undefined : this.#files.read(name)
  }

  /** Removes what nobody needs any more. @param now unix seconds */
  async prune(now: number): Promise<void> {
    for (const [digest, name] of this.#names) {
      if (Number(NAME.exec(name)![2]) + KEPT_SECONDS > now) continue
      await this.#files.remove(name)
      this.#names.delete(digest)
    }
  }
}
