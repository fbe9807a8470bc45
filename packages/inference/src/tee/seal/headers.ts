import { parseSealHeader, type SealHeader } from '@opengradient/protocol/seal'

/** `v1.<keyset digest>.<enc>.`, the same in all requests of a session, then the salt. */
const SHARED = 'v1.'.length + 2 * 44
/** 32 bytes of base64url; the unused bits at the end are zero. */
const SALT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
/** Sessions that are remembered; then all of them are forgotten. */
const MAX_REMEMBERED = 4_096

/** Reads `OG-Seal` as `parseSealHeader` of `@opengradient/protocol/seal` does, what all requests of a session share only once. */
export class SealHeaders {
  readonly #shared = new Map<string, SealHeader>()
  readonly #most: number

  constructor(most = MAX_REMEMBERED) {
    this.#most = most
  }

  /** Sessions that are remembered now. */
  get size(): number {
    return this.#shared.size
  }

  /** @throws OgError `CHANNEL_MALFORMED` */
  parse(header: string): SealHeader {
    const shared = header.slice(0, SHARED)
    const known = this.#shared.get(shared)
    const salt = header.slice(SHARED)
    if (known !== undefined && SALT.test(salt))
      return { keysetDigest: known.keysetDigest, enc: known.enc, salt: Buffer.from(salt, 'base64url') }
    const parsed = parseSealHeader(header)
    if (this.#shared.size >= this.#most) this.#shared.clear()
    this.#shared.set(shared, parsed)
    return parsed
  }
}
