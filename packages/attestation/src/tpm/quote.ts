import { concatBytes } from '@opengradient/protocol'
import { BinaryReader } from '../binary/reader.ts'
import { digest } from '../crypto/hash.ts'
import type { HashName } from '../crypto/types.ts'
import { demand, refuse } from '../result/rejection.ts'

/** What a TPM signs when it is asked for a quote (TPM 2.0 Library, part 2, TPMS_ATTEST). */
export interface TpmQuote {
  /** Data that the caller gave to be signed along, up to 64 bytes. */
  readonly extraData: Uint8Array
  /** Registers that the digest covers, by bank, in ascending order. */
  readonly selections: readonly { readonly hash: HashName; readonly registers: readonly number[] }[]
  readonly pcrDigest: Uint8Array
  /** How often the machine was reset, and how often it was restarted since. */
  readonly resetCount: number
  readonly restartCount: number
  readonly firmware: Uint8Array
}

/** Bytes that every TPM signs along. Most take 50 (SHA-384), one with SHA-512 66. */
const EVERY_TPM = 32

/** What a TPM is asked to sign along for this report data: the data, or their SHA-256 when they are more than every TPM takes. */
export const tpmData = (reportData: Uint8Array): Uint8Array => (reportData.length <= EVERY_TPM ? reportData : digest('SHA-256', reportData))

const MAGIC = 0xff544347
const QUOTE = 0x8018
/** TPM_ALG_ID of the hashes accepted. */
export const TPM_HASHES: Readonly<Record<number, HashName>> = { 11: 'SHA-256', 12: 'SHA-384', 13: 'SHA-512' }

/** Reads a TPMS_ATTEST that holds a quote, nothing after it. MALFORMED; UNSUPPORTED for other attestations and hashes. */
export function readTpmQuote(bytes: Uint8Array): TpmQuote {
  const r = new BinaryReader(bytes, 'TPM quote')
  demand(r.big(4) === MAGIC, 'MALFORMED', 'TPM quote: not made inside a TPM.')
  demand(r.big(2) === QUOTE, 'UNSUPPORTED', 'TPM quote: another kind of attestation.')
  buffer(r, 68) // name of the signing key, restated by whoever certifies it
  const extraData = buffer(r, 64)
  r.take(8) // clock
  const resetCount = r.big(4)
  const restartCount = r.big(4)
  demand(r.big(1) <= 1, 'MALFORMED', 'TPM quote: a flag that is neither yes nor no.')
  const firmware = r.take(8)
  const selections = readSelections(r)
  const pcrDigest = buffer(r, 64)
  r.end()
  return { extraData, selections, pcrDigest, resetCount, restartCount, firmware }
}

/** TPML_PCR_SELECTION. */
function readSelections(r: BinaryReader): TpmQuote['selections'] {
  const count = r.big(4)
  const selections: TpmQuote['selections'][number][] = []
  // One after another: an array of that length would be made before the first is found missing.
  while (selections.length < count) {
    const hash = TPM_HASHES[r.big(2)] ?? refuse('UNSUPPORTED', 'TPM quote: registers of a hash that is not accepted.')
    const size = r.big(1)
    demand(size <= 4, 'MALFORMED', 'TPM quote: a selection of more than 32 registers.')
    const bits = r.take(size)
    const registers = Array.from({ length: size * 8 }, (_, i) => i).filter((i) => ((bits[i >> 3]! >> (i & 7)) & 1) === 1)
    selections.push({ hash, registers })
  }
  demand(new Set(selections.map(({ hash }) => hash)).size === count, 'MALFORMED', 'TPM quote: the same bank twice.')
  return selections
}

/** A TPM2B: two bytes of length, then the bytes. */
export function buffer(r: BinaryReader, max: number): Uint8Array {
  const size = r.big(2)
  demand(size <= max, 'MALFORMED', `TPM: ${size} bytes where ${max} are allowed.`)
  return r.take(size)
}

/** The bytes as a TPM2B. */
export const tpm2b = (bytes: Uint8Array): Uint8Array => concatBytes(Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes)
