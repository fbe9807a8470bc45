import { concatBytes, utf8 } from '../bytes/bytes.ts'
import { sha256 } from '../crypto/hash.ts'

/** The nonce that the GPUs of an enclave must be asked with, 32 bytes: `SHA-256("gpu" ‖ report data)`. */
export const gpuNonce = (reportData: Uint8Array): Uint8Array => sha256(concatBytes(utf8('gpu'), reportData))
