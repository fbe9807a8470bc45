import { concatBytes, equalBytes } from '@opengradient/protocol'
import { digest } from '../../crypto/hash.ts'
import { readTpmQuote } from '../../tpm/quote.ts'
import { failed, misbound } from '../errors.ts'
import { reading } from './command.ts'
import type { TpmConnection } from './connection.ts'
import { quote, readRegisters } from './operations.ts'

/** A quote over all registers of SHA-256, and what they hold. */
export interface Quoted {
  /** TPMS_ATTEST. */
  readonly message: Uint8Array
  /** TPMT_SIGNATURE. */
  readonly signature: Uint8Array
  readonly registers: readonly Uint8Array[]
}

/** Times that quote and registers are asked for when a register changes between. */
const ATTEMPTS = 3

/** A quote by this key with this data signed along, 1 to 32 bytes. The registers are read apart, so they may have changed since the quote. */
export async function quoted(tpm: TpmConnection, key: number, data: Uint8Array): Promise<Quoted> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const registers = await readRegisters(tpm)
    const { message, signature } = await quote(tpm, key, data)
    const { extraData, pcrDigest } = reading('TPM2_Quote', () => readTpmQuote(message))
    if (!equalBytes(extraData, data)) throw misbound('The TPM quoted other data than it was asked to')
    const expected = digest('SHA-256', concatBytes(...registers))
    if (equalBytes(expected, pcrDigest)) return { message, signature, registers }
  }
  throw failed('The registers of the TPM change faster than they can be quoted, or its key signs with another hash than SHA-256')
}
