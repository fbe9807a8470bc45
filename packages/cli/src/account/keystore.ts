import { createCipheriv, createDecipheriv, randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto'
import { bytesToHex, concatBytes, hexToBytes, keccak256, OgError } from '@opengradient/protocol'
import { privateKeyToAddress } from 'viem/accounts'
import * as z from 'zod'

/**
 * Web3 Secret Storage, version 3: scrypt, AES-128-CTR, keccak-256 MAC. The file geth, ethers and MetaMask read.
 * https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage
 */
const hex = (length: number) => z.string().regex(new RegExp(`^[0-9a-f]{${length * 2}}$`), `must be ${length} bytes of lower-case hex`)
const keystoreSchema = z.object({
  version: z.literal(3),
  id: z.string(),
  address: z.string().regex(/^(0x)?[0-9a-fA-F]{40}$/),
  crypto: z.object({
    cipher: z.literal('aes-128-ctr'),
    cipherparams: z.object({ iv: hex(16) }),
    ciphertext: hex(32),
    kdf: z.literal('scrypt'),
    kdfparams: z.object({
      n: z
        .number()
        .int()
        .min(2)
        .max(1 << 20),
      r: z.number().int().min(1).max(32),
      p: z.number().int().min(1).max(16),
      dklen: z.literal(32),
      salt: hex(32),
    }),
    mac: hex(32),
  }),
})

/** An encrypted account file. */
export type Keystore = z.infer<typeof keystoreSchema>

/** Work factor of new files: about a third of a second and 128 MB, as geth's standard at half its cost. */
const SCRYPT = { n: 1 << 17, r: 8, p: 1 } as const

/** Encrypts a 32-byte private key with a password. `cost` lowers the work factor in tests only. */
export async function encryptKey(key: Uint8Array, password: string, cost: number = SCRYPT.n): Promise<Keystore> {
  const salt = randomBytes(32)
  const iv = randomBytes(16)
  const kdfparams = { ...SCRYPT, n: cost, dklen: 32 as const, salt: salt.toString('hex') }
  const derived = await derive(password, kdfparams)
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv)
  const ciphertext = Buffer.concat([cipher.update(key), cipher.final()])
  return {
    version: 3,
    id: randomUUID(),
    address: privateKeyToAddress(bytesToHex(key)).slice(2).toLowerCase(),
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: iv.toString('hex') },
      ciphertext: ciphertext.toString('hex'),
      kdf: 'scrypt',
      kdfparams,
      mac: macOf(derived, ciphertext),
    },
  }
}

/** The private key of a keystore. Throws `KEYSTORE_PASSWORD` for a wrong password, `KEYSTORE_INVALID` for anything that is not such a file. */
export async function decryptKey(keystore: Keystore, password: string): Promise<Uint8Array> {
  const { crypto } = keystore
  const derived = await derive(password, crypto.kdfparams)
  const ciphertext = Buffer.from(crypto.ciphertext, 'hex')
  if (!timingSafeEqual(Buffer.from(macOf(derived, ciphertext), 'hex'), Buffer.from(crypto.mac, 'hex'))) {
    throw new OgError('KEYSTORE_PASSWORD', 'the password does not open this account; try again, or import the key anew')
  }
  const decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), Buffer.from(crypto.cipherparams.iv, 'hex'))
  const key = new Uint8Array(Buffer.concat([decipher.update(ciphertext), decipher.final()]))
  const stated = keystore.address.replace(/^0x/, '').toLowerCase()
  if (!isKeyOf(key, stated)) {
    throw new OgError('KEYSTORE_INVALID', 'the key inside this file is not the one of the address it states; do not use it')
  }
  return key
}

/** Whether these bytes are the private key of an address, 40 digits. What the library says to bytes that are none has them in it. */
function isKeyOf(key: Uint8Array, address: string): boolean {
  try {
    return privateKeyToAddress(bytesToHex(key)).slice(2).toLowerCase() === address
  } catch {
    return false
  }
}

/** Parses a keystore file; at most 64 kB. */
export function parseKeystore(bytes: Uint8Array): Keystore {
  try {
    if (bytes.length > 65_536) throw new Error('it is larger than 64 kB')
    const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>
    // Older tools write the field with a capital letter.
    if (value && typeof value === 'object' && !('crypto' in value) && 'Crypto' in value) value.crypto = value.Crypto
    return keystoreSchema.parse(value)
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message
    throw new OgError('KEYSTORE_INVALID', `not a version 3 keystore with scrypt: ${why}`, { cause })
  }
}

/** The same of a file, which an error names. */
export function parseKeystoreOf(path: string, bytes: Uint8Array): Keystore {
  try {
    return parseKeystore(bytes)
  } catch (cause) {
    const why = (cause as Error).message
    throw new OgError('KEYSTORE_INVALID', `${path}: ${why}. Restore it from a copy, or move it away`, { cause })
  }
}

async function derive(password: string, { n, r, p, dklen, salt }: Keystore['crypto']['kdfparams']): Promise<Buffer> {
  // RFC 7914, section 2; OpenSSL refuses the rest with an error about memory.
  if ((n & (n - 1)) !== 0 || n >= 2 ** (16 * r))
    throw new OgError('KEYSTORE_INVALID', `kdfparams: scrypt wants n to be a power of two below 2^(16·r); n is ${n}, r is ${r}`)
  const options = { N: n, r, p, maxmem: 256 * n * r + (1 << 20) }
  return new Promise((resolve, reject) => {
    scrypt(Buffer.from(password.normalize('NFKC'), 'utf8'), Buffer.from(salt, 'hex'), dklen, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

const macOf = (derived: Uint8Array, ciphertext: Uint8Array): string =>
  bytesToHex(keccak256(concatBytes(derived.subarray(16, 32), ciphertext))).slice(2)

/** 32 bytes of lower- or upper-case hex, with or without 0x. Never echoes what it was given. */
export function parsePrivateKey(text: string): Uint8Array {
  const digits = text.trim().replace(/^0x/i, '').toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(digits)) throw new OgError('KEY_INVALID', 'a private key is 64 hex digits; what was given is something else')
  const key = hexToBytes(`0x${digits}`)
  try {
    privateKeyToAddress(`0x${digits}`)
  } catch {
    throw new OgError('KEY_INVALID', 'these 32 bytes are not a valid secp256k1 private key (zero, or not below the curve order)')
  }
  return key
}
