import { createHmac, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { type Hex, utf8 } from '@opengradient/protocol'
import type { SealContext } from '@opengradient/protocol/seal'
import { boundHead } from './boundHead.ts'
import { Hmac } from './hmac.ts'

/** The recipient's side of one HPKE context (RFC 9180): base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. */
export interface RecipientSession {
  /** The key of one request, exported (5.3) under what `requestKey` of `@opengradient/protocol/seal` names. 32 bytes. */
  requestKey(salt: Uint8Array, context: SealContext): Buffer
  /** Overwrites the secret that everything is exported from. */
  erase(): void
}

const VERSION = utf8('HPKE-v1')
const KEM = Buffer.concat([utf8('KEM'), Buffer.from('0020', 'hex')])
const SUITE = Buffer.concat([utf8('HPKE'), Buffer.from('002000010002', 'hex')])
const EMPTY = new Uint8Array()

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  const mac = createHmac('sha256', key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

const extract = (suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Buffer =>
  hmac(salt, VERSION, suite, utf8(label), ikm)

/** What stands before the context in LabeledExpand to 32 bytes, which is one block of HKDF-Expand and ends with a 1. */
const labelled = (suite: Uint8Array, label: string): Buffer => Buffer.concat([Uint8Array.of(0, 32), VERSION, suite, utf8(label)])

const expand = (suite: Uint8Array, prk: Uint8Array, label: string, context: Uint8Array): Buffer =>
  hmac(prk, labelled(suite, label), context, Uint8Array.of(1))

const PSK_ID_HASH = extract(SUITE, EMPTY, 'psk_id_hash', EMPTY)
const REQUEST_KEY = Buffer.concat([labelled(SUITE, 'sec'), utf8('opengradient/request-key')])
const ID = 32

/** What of the key schedule only depends on `info`. */
export const scheduleContext = (info: Uint8Array): Buffer =>
  Buffer.concat([Uint8Array.of(0), PSK_ID_HASH, extract(SUITE, EMPTY, 'info_hash', info)])

/**
 * The session that a sender began with this key; nothing if `enc` is no point that anything can be sealed with.
 * @param publicKey of `privateKey`, 32 bytes
 * @param enc the sender's public key, 32 bytes
 * @param schedule `scheduleContext` of the info
 */
export function recipientSession(
  privateKey: KeyObject,
  publicKey: Uint8Array,
  enc: Uint8Array,
  schedule: Uint8Array,
): RecipientSession | undefined {
  const dh = agreed(privateKey, enc)
  if (dh === undefined) return undefined
  const shared = expand(KEM, extract(KEM, EMPTY, 'eae_prk', dh), 'shared_secret', Buffer.concat([enc, publicKey]))
  const exporter = new Hmac(expand(SUITE, extract(SUITE, shared, 'secret', EMPTY), 'exp', schedule))
  return {
    requestKey: (salt, context) => exporter.digest((out, at) => writeRequestKey(out, at, salt, context)),
    erase: () => exporter.erase(),
  }
}

function writeRequestKey(out: Buffer, start: number, salt: Uint8Array, context: SealContext): number {
  const head = boundHead(context)
  out.set(REQUEST_KEY, start)
  out.set(salt, start + REQUEST_KEY.length)
  out.set(head, start + REQUEST_KEY.length + salt.length)
  let at = start + REQUEST_KEY.length + salt.length + head.length
  at = writeId(out, at, context.requestId)
  at = writeId(out, at, context.paymentId)
  return out.writeUInt8(1, at)
}

function writeId(out: Buffer, at: number, id: Hex): number {
  out.writeUInt32BE(ID, at)
  out.write(id.slice(2), at + 4, ID, 'hex')
  return at + 4 + ID
}

/** OpenSSL refuses points of low order, as RFC 9180 demands. */
function agreed(privateKey: KeyObject, enc: Uint8Array): Buffer | undefined {
  try {
    const x = Buffer.from(enc.buffer, enc.byteOffset, enc.byteLength).toString('base64url')
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' })
    return diffieHellman({ privateKey, publicKey })
  } catch {
    return undefined
  }
}
