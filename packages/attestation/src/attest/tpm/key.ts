import { concatBytes } from '@opengradient/protocol'
import { BinaryReader } from '../../binary/reader.ts'
import type { PublicKey } from '../../crypto/types.ts'
import { buffer } from '../../tpm/quote.ts'
import { failed } from '../errors.ts'
import { reading, u16, u32 } from './command.ts'

/** TPMA_OBJECT: fixed to this TPM and parent, made inside, used with its password, signs only what the TPM itself made. */
const RESTRICTED_SIGNING_KEY = 0x0005_0072
const [RSA, ECC, NULL, SHA256, ECDSA, P256, P384] = [0x01, 0x23, 0x10, 0x0b, 0x18, 0x03, 0x04]

/** TPMT_PUBLIC of an attestation key: ECDSA on P-256 with SHA-256. */
export const AK_TEMPLATE = concatBytes(
  u16(ECC),
  u16(SHA256),
  u32(RESTRICTED_SIGNING_KEY),
  u16(0), // no policy
  u16(NULL), // encrypts nothing
  u16(ECDSA),
  u16(SHA256),
  u16(P256),
  u16(NULL), // derives nothing
  u16(0),
  u16(0),
)

/** The key in a TPMT_PUBLIC, for whoever certifies it: RSA with the exponent 65537, or a point on P-256 or P-384. ATTESTER_FAILED. */
export const readPublicKey = (publicArea: Uint8Array): PublicKey =>
  reading('TPM key', () => parseKey(new BinaryReader(publicArea, 'TPM key')))

function parseKey(r: BinaryReader): PublicKey {
  const type = r.big(2)
  r.take(6) // hash of the name, attributes
  buffer(r, 64)
  if (r.big(2) !== NULL) throw failed('it encrypts, so it is no attestation key')
  if (r.big(2) !== NULL) r.take(2) // the scheme's hash
  if (type === RSA) {
    r.take(2) // bits
    if (![0, 65_537].includes(r.big(4))) throw failed('an exponent other than 65537')
    return { kind: 'rsa', modulus: buffer(r, 512) }
  }
  const curve = r.big(2)
  if (type !== ECC || (curve !== P256 && curve !== P384)) throw failed('neither RSA nor a curve that is accepted')
  r.take(2) // derives nothing
  const size = curve === P256 ? 32 : 48
  const [x, y] = [buffer(r, size), buffer(r, size)].map((part) => concatBytes(new Uint8Array(size - part.length), part))
  return { kind: 'ec', curve: curve === P256 ? 'P-256' : 'P-384', point: concatBytes(Uint8Array.of(4), x!, y!) }
}
