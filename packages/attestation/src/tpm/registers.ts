import { bytesToHex, concatBytes, equalBytes, type Hex } from '@opengradient/protocol'
import { digest, digestSize } from '../crypto/hash.ts'
import type { HashName } from '../crypto/types.ts'
import { demand } from '../result/rejection.ts'
import type { TpmQuote } from './quote.ts'

/**
 * The registers that a quote covers, by `pcr0` … (`pcr0-sha384` … in other banks than SHA-256), once their digest is the one that was signed.
 * `values` holds exactly the registers selected, in the order of the selection. `hash` is the hash of the signing scheme, which the digest uses.
 */
export function matchRegisters({ selections, pcrDigest }: TpmQuote, values: readonly Uint8Array[], hash: HashName): Record<string, Hex> {
  const places = selections.flatMap(({ hash: bank, registers }) => registers.map((index) => ({ bank, index })))
  demand(
    values.length === places.length && places.length > 0,
    'MALFORMED',
    `TPM: ${values.length} registers for a quote over ${places.length}.`,
  )
  demand(
    equalBytes(digest(hash, concatBytes(...values)), pcrDigest),
    'SIGNATURE_INVALID',
    'TPM: the registers are not those that were signed.',
  )
  const registers: Record<string, Hex> = { pcrDigest: bytesToHex(pcrDigest) }
  for (const [i, { bank, index }] of places.entries()) {
    demand(values[i]!.length === digestSize(bank), 'MALFORMED', 'TPM: a register of another length than its bank.')
    registers[bank === 'SHA-256' ? `pcr${index}` : `pcr${index}-${bank.toLowerCase().replace('-', '')}`] = bytesToHex(values[i]!)
  }
  return registers
}
