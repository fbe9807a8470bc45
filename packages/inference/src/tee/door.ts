import { hash } from 'node:crypto'
import { ADDRESSES } from '@opengradient/contracts'
import { type Hex, OgError, paymentIdOf, ZERO_HASH } from '@opengradient/protocol'
import type { SealHeader } from '@opengradient/protocol/seal'
import { parsePaymentHeader } from '../payment/x402.ts'
import { randomPool } from '../receipts/randomPool.ts'
import { hashOf, type RequestHead, requestHash } from '../receipts/requestHash.ts'
import type { Keyring } from './keyring.ts'
import type { HeldKeyset, TeeLevel } from './keyset.ts'
import { SealHeaders } from './seal/headers.ts'
import type { SealOpener } from './seal/opener.ts'
import type { SealedCall } from './sealedCall.ts'

/** A keyset as a request reaches it. */
export interface OpenKeyset {
  /** What `OG-Seal` says. */
  readonly seal: SealHeader
  readonly level: TeeLevel
  readonly held: HeldKeyset<SealOpener>
}

/** A sealed request as it came. */
export interface SealedRequestParts {
  readonly keyset: OpenKeyset
  /** Method, path, content type and length of the JSON part, which are the same outside and inside. */
  readonly parts: { readonly method: string; readonly path: string; readonly contentType: string; readonly headerLength?: number }
  /** The same as it is hashed. */
  readonly head: RequestHead
  readonly body: Uint8Array
  readonly modelId: Hex
  readonly requestId: Hex
  readonly sealedHash: Hex
  /** Text of `PAYMENT-SIGNATURE`. */
  readonly payment: string | string[] | undefined
}

/** What the server needs of the keysets. */
export interface TeeDoor {
  /** Digest of the keyset that is shown to callers. */
  readonly current: Hex | undefined
  /** The level at which a model is offered by the current keyset. */
  levelOf(modelId: Hex): TeeLevel | undefined
  /** The keyset that `OG-Seal` names, if it is held, not over, and takes this model. @throws OgError `CHANNEL_MALFORMED` */
  find(header: string, modelId: Hex): OpenKeyset | undefined
  /** Opens a request. @throws OgError `CHANNEL_MISMATCH`, `CHANNEL_MALFORMED`, `PAYMENT_MALFORMED` */
  open(sealed: SealedRequestParts): { body: Buffer; call: SealedCall }
}

export interface DoorOptions {
  readonly keyring: Keyring<SealOpener>
  /** Unix seconds. */
  readonly now: () => number
  readonly random: (length: number) => Uint8Array
}

/** Opens what is sealed to the keysets of a keyring, and seals the answers. */
export function teeDoor({ keyring, now, random }: DoorOptions): TeeDoor {
  const headers = new SealHeaders()
  const random32 = randomPool(random)
  return {
    get current() {
      return keyring.current(now())?.issued.digest
    },
    levelOf: (modelId) => keyring.levelOf(modelId, now()),
    find(header, modelId) {
      const seal = headers.parse(header)
      const held = keyring.find(seal.keysetDigest, now())
      return held?.issued.modelIds.includes(modelId) ? { seal, level: held.registration.level, held } : undefined
    },
    open({ keyset, parts, head, body, modelId, requestId, sealedHash, payment }) {
      const { seal, held } = keyset
      const { digest, opener } = held.issued
      const { method, path, contentType, headerLength } = parts
      const bound = { keysetDigest: digest, method, path, contentType, modelId, requestId, paymentId: paymentOf(payment), seal, body }
      const opened = opener.open(headerLength === undefined ? bound : { ...bound, headerLength })
      return {
        body: opened.body,
        call: {
          requestId,
          keyset: digest,
          sealedHash,
          requestHash: requestHash(head, opened.body, opened.requestSalt),
          responseHash: (plain) => hashOf(opened.responseSalt, plain),
          seal: (plain, execution, hashes) => opened.respond(nonceOf(random32(), hashes), plain, execution, lengthOf(execution)),
          sign(receipt) {
            const live = keyring.find(digest, now())
            if (live === undefined)
              throw new OgError(
                'NODE_NOT_ATTESTED',
                `The keyset ${digest} is over or revoked: nothing is signed with it. Seal to the next one.`,
              )
            return live.issued.signer.receipt(receipt)
          },
        },
      }
    },
  }
}

/**
 * The nonce of an answer: as random as what was drawn, and of this answer alone. A copy of the enclave's memory would draw the same again, and
 * seal another answer to the same request under the same key.
 */
function nonceOf(drawn: string, [body, execution]: readonly Hex[]): Buffer {
  return Buffer.from(hash('sha256', `${drawn}${body}${execution ?? ''}`, 'binary'), 'latin1')
}

/** As u32be: what is sealed of an answer is its body, its execution record, and the length of the record. */
function lengthOf(execution: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(4)
  out.writeUInt32BE(execution.length)
  return out
}

/** The authorisation that a `PAYMENT-SIGNATURE` names; zero without one. @throws OgError `PAYMENT_*` */
function paymentOf(header: string | string[] | undefined): Hex {
  if (header === undefined) return ZERO_HASH
  const { from: payer, nonce } = parsePaymentHeader(String(header)).authorization
  return paymentIdOf({ scheme: 'exact', asset: ADDRESSES.wopg, payer, nonce })
}
