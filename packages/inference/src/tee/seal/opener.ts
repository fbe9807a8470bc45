import { createPrivateKey, createPublicKey } from 'node:crypto'
import { bytesToHex, fromBase64url, type Hex, OgError } from '@opengradient/protocol'
import { AEAD_TAG, fastAead } from '@opengradient/protocol/node'
import { REQUEST_NONCE, SECRETS_BYTES, type SealContext, type SealHeader, sealInfo, unpad } from '@opengradient/protocol/seal'
import { type RecipientSession, recipientSession, scheduleContext } from './context.ts'
import { sealResponse } from './frames.ts'
import { MAX_SESSIONS, Sessions } from './sessions.ts'

/** A sealed request as it came. */
export interface SealedArrival extends SealContext {
  readonly seal: SealHeader
  readonly body: Uint8Array
}

/** A request that was opened, and what only its recipient can do. */
export interface OpenedSeal {
  readonly body: Buffer
  /** 32 bytes each: for the hashes in the receipt. */
  readonly requestSalt: Buffer
  readonly responseSalt: Buffer
  /** A whole response, of these parts. @param nonce 32 fresh random bytes, never two responses with the same */
  respond(nonce: Uint8Array, ...parts: readonly Uint8Array[]): Buffer
}

/** Opens what is sealed to one key, which is in this process only. */
export interface SealOpener {
  /** X25519, 32 bytes. */
  readonly publicKey: Hex
  /** Sessions that it remembers: a request of one of them costs no key exchange. */
  readonly sessions: number
  /** @throws OgError `CHANNEL_KEYSET_UNKNOWN`, `CHANNEL_MISMATCH`, `CHANNEL_MALFORMED` */
  open(request: SealedArrival): OpenedSeal
  /** Forgets key and sessions: nothing opens any more. What was opened before can be answered still. */
  erase(): void
}

/** PKCS #8 of an X25519 key, in front of its 32 bytes. */
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex')
const NO_DATA = new Uint8Array()

/**
 * What `openRequest` of `@opengradient/protocol/seal` does, through OpenSSL alone, at once and with one key exchange a session: a fortieth of
 * the work, which a node does for each request (a test compares them).
 * @param privateKey 32 random bytes; overwritten: the key is in OpenSSL's memory from now on, and cleared with this object
 * @param mostSessions that it remembers
 */
export function sealOpener(privateKey: Uint8Array, mostSessions = MAX_SESSIONS): SealOpener {
  const der = Buffer.concat([PKCS8, privateKey])
  let key: ReturnType<typeof createPrivateKey> | undefined = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  privateKey.fill(0)
  const point = fromBase64url(createPublicKey(key).export({ format: 'jwk' }).x!)
  const sessions = new Sessions(mostSessions)
  const agree = ({ keysetDigest, enc }: SealHeader): RecipientSession | undefined =>
    key && recipientSession(key, point, enc, scheduleContext(sealInfo({ keysetDigest })))
  return {
    publicKey: bytesToHex(point),
    get sessions() {
      return sessions.size
    },
    open(request) {
      const { seal } = request
      if (seal.keysetDigest !== request.keysetDigest)
        throw new OgError(
          'CHANNEL_KEYSET_UNKNOWN',
          `The body is sealed to the keyset ${seal.keysetDigest}, not to ${request.keysetDigest}.`,
        )
      const name = nameOf(seal)
      const known = sessions.find(name)
      const session = known ?? agree(seal)
      const padded = session && decrypt(session.requestKey(seal.salt, request), request.body)
      if (session === undefined || padded === undefined)
        throw new OgError('CHANNEL_MISMATCH', 'The body does not open: it is for another key or another request, or was altered.')
      if (known === undefined) sessions.keep(name, session)
      return openedSeal(unpad(padded))
    },
    erase() {
      key = undefined
      sessions.erase()
    },
  }
}

/** By their `enc`, which is the same object in requests of one session (`SealHeaders`). */
const names = new WeakMap<Uint8Array, { readonly keysetDigest: Hex; readonly name: string }>()

/** Of the session that a request is of. */
function nameOf({ keysetDigest, enc }: SealHeader): string {
  const known = names.get(enc)
  if (known?.keysetDigest === keysetDigest) return known.name
  const name = `${keysetDigest}${latin1(enc)}`
  names.set(enc, { keysetDigest, name })
  return name
}

const latin1 = ({ buffer, byteOffset, length }: Uint8Array): string => Buffer.from(buffer, byteOffset, length).toString('latin1')

function openedSeal(bytes: Uint8Array): OpenedSeal {
  if (bytes.length < SECRETS_BYTES) throw new OgError('CHANNEL_MALFORMED', 'The sealed bytes hold no secrets in front of the body.')
  const plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const responseSecret = plain.subarray(64, SECRETS_BYTES)
  return {
    body: plain.subarray(SECRETS_BYTES),
    requestSalt: plain.subarray(0, 32),
    responseSalt: plain.subarray(32, 64),
    respond: (nonce, ...parts) => sealResponse(responseSecret, nonce, parts),
  }
}

/** Nothing if it was sealed under another key, or altered. */
function decrypt(key: Buffer, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < AEAD_TAG) return undefined
  const plain = Buffer.allocUnsafe(sealed.length - AEAD_TAG)
  return fastAead().open(key, REQUEST_NONCE, NO_DATA, sealed, plain) ? plain : undefined
}
