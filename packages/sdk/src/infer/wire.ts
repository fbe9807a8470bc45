import type { HttpReply } from '@opengradient/client'
import type { BundlePayment, BundleRequest } from '@opengradient/protocol'
import type { SealedParts } from '../tee/channel.ts'

/** What goes out for a request, and how its reply is read. */
export interface Outgoing {
  /** In addition to those of the request. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** @throws OgError `CHANNEL_*` */
  read(reply: HttpReply): Promise<ReadReply>
}

/** A reply as its node meant it. */
export interface ReadReply {
  readonly reply: HttpReply
  /** What only the caller of a sealed request has; with an answer. */
  readonly sealed?: SealedParts
}

/** How the requests of one call reach one node: in the clear, or sealed to its enclave. The same payment gives the same bytes. */
export type Wire = (payment: BundlePayment | undefined) => Promise<Outgoing>

/** A request and its answer as they are, under TLS only. */
export const plainWire =
  ({ body }: BundleRequest): Wire =>
  async () => ({ headers: {}, body, read: async (reply) => ({ reply }) })
