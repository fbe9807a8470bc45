import type { Hex, Receipt } from '@opengradient/protocol'
import type { Signed } from '../receipts/signer.ts'

/** The JSON in front of binary tensors is a multiple of so many bytes long: a header tells its length, and that is not sealed. */
export const JSON_FILL = 256

/** A request that was sealed to a keyset of this node, opened: what its answer takes. */
export interface SealedCall {
  readonly requestId: Hex
  /** Digest of the keyset. */
  readonly keyset: Hex
  /** Of the plaintext, salted: as the receipt names it. */
  readonly requestHash: Hex
  /** Over what came off the wire: what the journal knows the request by. */
  readonly sealedHash: Hex
  /** Of the answer's plaintext, salted. */
  responseHash(body: Uint8Array): Hex
  /**
   * Body and execution record sealed for the caller alone, under a key of its own each time.
   * @param hashes of the body and, if there is one, of the record: the key is of this answer alone
   */
  seal(body: Uint8Array, execution: Uint8Array, hashes: readonly [body: Hex] | readonly [body: Hex, execution: Hex]): Uint8Array
  /** Signs with the key of the keyset. @throws OgError `NODE_NOT_ATTESTED` when its time is over */
  sign(receipt: Receipt): Signed
}
