import { isBytes } from '@opengradient/protocol'
import { readCbor } from '../cose/cbor.ts'
import { demand, refuse } from '../result/rejection.ts'

/** An AWS Nitro attestation document (aws-nitro-enclaves-nsm-api, docs/attestation_process.md). */
export interface NitroDocument {
  /** Instance and enclave: `i-…-enc…`. */
  readonly moduleId: string
  /** Milliseconds since 1970, by the clock of the Nitro hypervisor. */
  readonly timestamp: number
  /** Platform configuration registers by index, 48 bytes each. */
  readonly pcrs: ReadonlyMap<number, Uint8Array>
  /** DER. */
  readonly certificate: Uint8Array
  /** DER, root first. */
  readonly cabundle: readonly Uint8Array[]
  readonly publicKey: Uint8Array | undefined
  readonly userData: Uint8Array | undefined
  readonly nonce: Uint8Array | undefined
}

const REQUIRED = ['module_id', 'digest', 'timestamp', 'pcrs', 'certificate', 'cabundle']
const OPTIONAL = ['public_key', 'user_data', 'nonce']
const PCR_SIZE = 48
const MAX_CERTIFICATES = 7
/** Bytes of a certificate, and of each field that the enclave fills. */
const MAX_PART = 1024

/** Reads the payload of the COSE message. MALFORMED for unknown, missing or ill-typed fields; UNSUPPORTED for another digest than SHA-384. */
export function readNitroDocument(payload: Uint8Array): NitroDocument {
  const map = readCbor(payload, { indefinite: true })
  demand(map instanceof Map, 'MALFORMED', 'Nitro: the document is not a map.')
  for (const key of map.keys())
    demand([...REQUIRED, ...OPTIONAL].includes(key as string), 'MALFORMED', `Nitro: the document has an unknown field ${String(key)}.`)
  for (const key of REQUIRED) demand(map.has(key), 'MALFORMED', `Nitro: the document lacks ${key}.`)
  const moduleId = map.get('module_id')
  demand(typeof moduleId === 'string' && moduleId.length > 0 && moduleId.length <= 256, 'MALFORMED', 'Nitro: module_id is not a text.')
  demand(map.get('digest') === 'SHA384', 'UNSUPPORTED', 'Nitro: another digest than SHA384.')
  const timestamp = map.get('timestamp')
  demand(Number.isSafeInteger(timestamp) && timestamp > 0, 'MALFORMED', 'Nitro: timestamp is not a time.')
  const bundle = map.get('cabundle')
  const listed = Array.isArray(bundle) && bundle.length > 0 && bundle.length <= MAX_CERTIFICATES
  demand(listed, 'MALFORMED', `Nitro: cabundle is not a list of up to ${MAX_CERTIFICATES} certificates.`)
  return {
    moduleId,
    timestamp,
    pcrs: readPcrs(map.get('pcrs')),
    certificate: part(map.get('certificate'), 'certificate'),
    cabundle: bundle.map((item: unknown) => part(item, 'cabundle')),
    publicKey: optional(map.get('public_key'), 'public_key'),
    userData: optional(map.get('user_data'), 'user_data'),
    nonce: optional(map.get('nonce'), 'nonce'),
  }
}

function readPcrs(value: unknown): Map<number, Uint8Array> {
  demand(value instanceof Map && value.has(0), 'MALFORMED', 'Nitro: pcrs is not a map of registers.')
  for (const [index, pcr] of value)
    demand(
      Number.isInteger(index) && index < 32 && isBytes(pcr) && pcr.length === PCR_SIZE,
      'MALFORMED',
      'Nitro: a register that is not 48 bytes under a number below 32.',
    )
  return value as Map<number, Uint8Array>
}

function part(value: unknown, field: string): Uint8Array {
  if (isBytes(value) && value.length > 0 && value.length <= MAX_PART) return value
  return refuse('MALFORMED', `Nitro: ${field} does not hold 1 to ${MAX_PART} bytes.`)
}

function optional(value: unknown, field: string): Uint8Array | undefined {
  if (value === null || value === undefined) return undefined
  if (isBytes(value) && value.length <= MAX_PART) return value
  return refuse('MALFORMED', `Nitro: ${field} does not hold up to ${MAX_PART} bytes.`)
}
