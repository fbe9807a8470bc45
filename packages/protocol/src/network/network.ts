import * as z from 'zod'
import { utf8 } from '../bytes/bytes.ts'
import type { Hex } from '../bytes/hex.ts'
import { canonicalJson } from '../json/canonical.ts'
import { parseStrictJson } from '../json/parse.ts'
import { hexSchema, hexUpTo, parseAs } from '../json/schema.ts'

/** Most bytes of a network file. */
export const MAX_NETWORK_FILE_BYTES = 64 * 1024

/** A block that is trusted as it is, or a validator set that is trusted for a while. Times are unix seconds. */
export type Anchor =
  | { height: number; blockHash: Hex }
  | { height: number; validatorsHash: Hex; time: number /** Seconds after `time`. */; trustingPeriod: number }

/** What a caller trusts. It comes from the caller's configuration, never from what is being checked. */
export interface Trust {
  chainId: number
  /**
   * Names the chain, and is what its block 0 is believed by. Above it blocks are believed by the anchors alone, which no RPC can show to belong to
   * this hash: whoever compares a file with a published one compares the anchors, too.
   */
  genesisHash: Hex
  anchors: Anchor[]
  /** Root certificates of hardware vendors (DER), instead of those that come with the software. Development roots come from the chain. */
  roots?: Hex[]
}

/** A network as software is told about it: what to trust and where to ask. RPCs are transport only. */
export interface NetworkFile extends Trust {
  name: string
  rpcUrls: string[]
}

const height = z.int().min(0)
const time = z.int().min(0)

const anchorSchema = z.union([
  z.strictObject({ height, blockHash: hexSchema(32) }),
  z.strictObject({ height, validatorsHash: hexSchema(32), time, trustingPeriod: z.int().min(1) }),
])

/**
 * The part of a network file that is trusted: chain, genesis, anchors, and other roots of hardware vendors than those of the software.
 */
export const trustSchema = z.strictObject({
  chainId: z.int().min(1),
  genesisHash: hexSchema(32),
  anchors: z.array(anchorSchema).max(1024),
  roots: z.exactOptional(z.array(hexUpTo(8_192)).min(1).max(16)),
})

/** A whole network file. One whose anchor of block 0 is another block than its genesis was altered, or put together from two. */
export const networkFileSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
      .max(64),
    ...trustSchema.shape,
    rpcUrls: z
      .array(
        z
          .string()
          .max(2048)
          .regex(/^(?:https?|wss?):\/\/[\x21-\x7e]+$/, 'expected an http(s) or ws(s) URL')
          .refine((url) => URL.canParse(url), 'is no URL'),
      )
      .max(64),
  })
  .refine(
    ({ genesisHash, anchors }) =>
      anchors.every((anchor) => anchor.height > 0 || !('blockHash' in anchor) || anchor.blockHash === genesisHash),
    { path: ['genesisHash'], error: 'is another block than the one that the anchors name as block 0' },
  )

/** A network file from untrusted bytes; throws `JSON_*` or `NETWORK_FILE_INVALID`, naming the field. */
export function parseNetworkFile(bytes: Uint8Array): NetworkFile {
  const json = parseStrictJson(bytes, { maxBytes: MAX_NETWORK_FILE_BYTES, maxDepth: 8 })
  return parseAs(networkFileSchema, json, 'NETWORK_FILE_INVALID', 'network file')
}

/** The bytes of a network file: canonical JSON. Throws as `parseNetworkFile` does. */
export function encodeNetworkFile(file: NetworkFile): Uint8Array {
  const bytes = utf8(canonicalJson(file))
  parseNetworkFile(bytes)
  return bytes
}

/** The trust that a network file stands for. */
export function trustOf({ chainId, genesisHash, anchors, roots }: NetworkFile): Trust {
  return { chainId, genesisHash, anchors, ...(roots === undefined ? {} : { roots }) }
}
