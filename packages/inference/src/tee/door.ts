import { ADDRESSES } from '@opengradient/contracts'
import { type Hex, OgError, paymentIdOf, requestHashOf, responseHashOf, ZERO_HASH } from '@opengradient/protocol'
import { parseSealHeader } from '@opengradient/protocol/seal'
import { parsePaymentHeader } from '../payment/x402.ts'
import type { Keyring } from './keyring.ts'
import type { HeldKeyset, TeeLevel } from './keyset.ts'
import type { SealOpener } from './seal/opener.ts'
import type { SealedCall } from './sealedCall.ts'

/** A keyset as requests reach it. */
export interface OpenKeyset {
  readonly level: TeeLevel
  readonly held: HeldKeyset<SealOpener>
}

/** A sealed request as it came. */
export interface SealedRequestParts {
  readonly keyset: OpenKeyset
  /** Text of `OG-Seal`. */
  readonly header: string
  /** Method, path, content type and length of the JSON part, which are the same outside and inside. */
  readonly parts: { readonly method: string; readonly path: string; readonly contentType: string; readonly headerLength?: number }
  readonly body: Uint8Array
  readonly modelId: Hex
  readonly requestId: Hex
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
  open(sealed: SealedRequestParts): { body: Buffer; call: Omit<SealedCall, 'sealedHash'> }
}

export interface DoorOptions {
  readonly keyring: Keyring<SealOpener>
  /** Unix seconds. */
  readonly now: () => number
  readonly random: (length: number) => Uint8Array
}

/** Opens what is sealed to the keysets of a keyring, and seals the answers. */
export function teeDoor({ keyring, now, random }: DoorOptions): TeeDoor {
  return {
    get current() {
      return keyring.current(now())?.issued.digest
    },
    levelOf: (modelId) => keyring.levelOf(modelId, now()),
    find(header, modelId) {
      const held = keyring.find(parseSealHeader(header).keysetDigest, now())
      return held?.issued.modelIds.includes(modelId) ? { level: held.registration.level, held } : undefined
    },
    open({ keyset, header, parts, body, modelId, requestId, payment }) {
      const { digest, opener } = keyset.held.issued
      const bound = { keysetDigest: digest, modelId, requestId, paymentId: paymentOf(payment) }
      const opened = opener.open({ ...parts, ...bound, seal: header, body })
      const { requestSalt, responseSalt } = opened.salts
      return {
        body: Buffer.from(opened.body.buffer, opened.body.byteOffset, opened.body.byteLength),
        call: {
          keyset: digest,
          requestHash: requestHashOf({ ...parts, body: opened.body }, requestSalt),
          responseHash: (plain) => responseHashOf(plain, responseSalt),
          seal: (plain, execution) => opened.respond(random(32), responsePlaintext(plain, execution)),
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

/** What is sealed of an answer: body ‖ execution record ‖ u32be(length of the record). */
function responsePlaintext(body: Uint8Array, execution: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(body.length + execution.length + 4)
  out.set(body)
  out.set(execution, body.length)
  out.writeUInt32BE(execution.length, body.length + execution.length)
  return out
}

/** The authorisation that a `PAYMENT-SIGNATURE` names; zero without one. @throws OgError `PAYMENT_*` */
function paymentOf(header: string | string[] | undefined): Hex {
  if (header === undefined) return ZERO_HASH
  const { from: payer, nonce } = parsePaymentHeader(String(header)).authorization
  return paymentIdOf({ scheme: 'exact', asset: ADDRESSES.wopg, payer, nonce })
}
