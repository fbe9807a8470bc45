import { HkdfSha256 } from '@hpke/core'
import { expand, extract } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'

type Bytes = ArrayBufferLike | ArrayBufferView

/** HKDF-SHA256 (RFC 5869) in JavaScript: for inputs this short, each call of the Web Cryptography API takes ten times as long. */
export class ShortHkdf extends HkdfSha256 {
  override async extract(salt: Bytes, ikm: Bytes): Promise<ArrayBuffer> {
    return plain(extract(sha256, view(ikm), view(salt)))
  }

  override async expand(prk: Bytes, info: Bytes, length: number): Promise<ArrayBuffer> {
    return plain(expand(sha256, view(prk), view(info), length))
  }

  override async extractAndExpand(salt: Bytes, ikm: Bytes, info: Bytes, length: number): Promise<ArrayBuffer> {
    return plain(expand(sha256, extract(sha256, view(ikm), view(salt)), view(info), length))
  }
}

const view = (bytes: Bytes): Uint8Array =>
  ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes)

const plain = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer
