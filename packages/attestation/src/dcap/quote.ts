import { bytesToHex, concatBytes, isMachineFault } from '@opengradient/protocol'
import { BinaryReader } from '../binary/reader.ts'
import type { EcKey } from '../crypto/types.ts'
import { demand, refuse } from '../result/rejection.ts'
import { readSgxBody, readTdBody, SGX_BODY, type SgxBody, TD10_BODY, TD15_BODY, type TdBody } from './body.ts'

/** A quote of Intel's DCAP, ECDSA P-256 (SGX version 3; SGX or TDX versions 4 and 5). */
export interface Quote {
  readonly version: number
  readonly body: SgxBody | TdBody
  /** What the attestation key signed: header and body. */
  readonly signed: Uint8Array
  /** r ‖ s. */
  readonly signature: Uint8Array
  /** The key that the quoting enclave made for itself. */
  readonly attestationKey: EcKey
  /** The report in which the quoting enclave binds that key, signed by the machine's PCK. */
  readonly qeReport: SgxBody
  readonly qeSignature: Uint8Array
  readonly qeAuthData: Uint8Array
  /** PEM: the certificates of the PCK, leaf first. */
  readonly certificates: Uint8Array
}

const ECDSA_P256 = 2
const INTEL_QE = '0x939a7233f79c4ca9940a0db3957f0607'
const TEE_SGX = 0
const TEE_TDX = 0x81
/** Kinds of certification data: the PEM chain of the PCK, and the quoting enclave's report around it. */
const PEM_CHAIN = 5
const QE_REPORT = 6

/** Reads a whole quote, nothing after it. MALFORMED; UNSUPPORTED for other versions, keys, quoting enclaves or certification data. */
export function readQuote(bytes: Uint8Array): Quote {
  const r = new BinaryReader(bytes, 'Quote')
  const version = r.little(2)
  demand(version >= 3 && version <= 5, 'UNSUPPORTED', `Quotes of version ${version} are not known.`)
  demand(r.little(2) === ECDSA_P256, 'UNSUPPORTED', 'The quote is signed by another kind of key than ECDSA P-256.')
  const tee = r.little(4)
  r.take(4)
  demand(bytesToHex(r.take(16)) === INTEL_QE, 'UNSUPPORTED', 'The quote is by another quoting enclave than Intel’s.')
  r.take(20)
  const body = readBody(r, version, tee)
  const signed = bytes.subarray(0, bytes.length - r.left)
  const data = new BinaryReader(r.take(r.little(4)), 'Quote signature')
  r.end()
  const signature = data.take(64)
  const attestationKey: EcKey = { kind: 'ec', curve: 'P-256', point: concatBytes(Uint8Array.of(4), data.take(64)) }
  const qe = version === 3 ? data : nested(data, QE_REPORT)
  const qeReport = readSgxBody(qe)
  const qeSignature = qe.take(64)
  const qeAuthData = qe.take(qe.little(2))
  const chain = nested(qe, PEM_CHAIN)
  const certificates = chain.take(chain.left)
  return { version, body, signed, signature, attestationKey, qeReport, qeSignature, qeAuthData, certificates }
}

/** The quote without the zero bytes that the interface of the hardware fills its buffer with. Other bytes after the quote stay. */
export function trimQuote(bytes: Uint8Array): Uint8Array {
  let end = bytes.length
  while (bytes[end - 1] === 0) end--
  for (const length of [end, end + 1]) {
    try {
      readQuote(bytes.subarray(0, length))
      return bytes.subarray(0, length)
    } catch (error) {
      if (isMachineFault(error)) throw error
      // Not the end of the quote: the certificates may end in a NUL of their own.
    }
  }
  return bytes
}

function readBody(r: BinaryReader, version: number, tee: number): SgxBody | TdBody {
  const known = tee === TEE_SGX || (tee === TEE_TDX && version > 3)
  demand(known, 'UNSUPPORTED', `Quotes of version ${version} for TEE ${tee} are not known.`)
  if (version < 5) return tee === TEE_SGX ? readSgxBody(r) : readTdBody(r, TD10_BODY)
  const type = r.little(2)
  const size = r.little(4)
  const expected =
    { 1: SGX_BODY, 2: TD10_BODY, 3: TD15_BODY }[type] ?? refuse('UNSUPPORTED', `Quote bodies of the type ${type} are not known.`)
  demand(size === expected && (type === 1) === (tee === TEE_SGX), 'MALFORMED', 'The body of the quote is not what its header says.')
  return type === 1 ? readSgxBody(r) : readTdBody(r, size)
}

/** Certification data of this kind, which must fill what is left. */
function nested(r: BinaryReader, kind: number): BinaryReader {
  const found = r.little(2)
  demand(found === kind, 'UNSUPPORTED', `Certification data of the kind ${found}; ${kind} is expected here.`)
  const inner = new BinaryReader(r.take(r.little(4)), 'Certification data')
  r.end()
  return inner
}
