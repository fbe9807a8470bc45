import type { BinaryReader } from '../binary/reader.ts'

/** Bytes of a report by an SGX enclave, and of the two versions of a report by a trust domain. */
export const SGX_BODY = 384
export const TD10_BODY = 584
export const TD15_BODY = 648

/** A report by an SGX enclave (Intel SDM, volume 3D, REPORT). */
export interface SgxBody {
  readonly kind: 'sgx'
  readonly bytes: Uint8Array
  readonly cpuSvn: Uint8Array
  readonly miscSelect: Uint8Array
  /** 16 bytes: flags, then XFRM. Bit 1 of the first byte is debug. */
  readonly attributes: Uint8Array
  readonly mrEnclave: Uint8Array
  readonly mrSigner: Uint8Array
  readonly prodId: number
  readonly svn: number
  readonly reportData: Uint8Array
}

/** A report by a TDX trust domain (Intel TDX DCAP Quoting Library API, A.3.2). */
export interface TdBody {
  readonly kind: 'tdx'
  readonly bytes: Uint8Array
  /** 16 bytes: version of the TDX module, its major number, then parts of the platform. */
  readonly teeTcbSvn: Uint8Array
  readonly mrSeam: Uint8Array
  readonly mrSignerSeam: Uint8Array
  readonly seamAttributes: Uint8Array
  /** 8 bytes, least significant first: bits 0–7 make the domain untrusted (0 is debug), bit 29 is migration. */
  readonly attributes: Uint8Array
  readonly xfam: Uint8Array
  readonly mrTd: Uint8Array
  readonly mrConfigId: Uint8Array
  readonly mrOwner: Uint8Array
  readonly mrOwnerConfig: Uint8Array
  readonly rtmrs: readonly Uint8Array[]
  readonly reportData: Uint8Array
  /** Only in the longer form: the domain that services this one. */
  readonly mrServiceTd: Uint8Array | undefined
}

export function readSgxBody(r: BinaryReader): SgxBody {
  const bytes = r.peek(SGX_BODY)
  const cpuSvn = r.take(16)
  const miscSelect = r.take(4)
  r.take(28) // reserved, and the extended product id
  const attributes = r.take(16)
  const mrEnclave = r.take(32)
  r.take(32)
  const mrSigner = r.take(32)
  r.take(96) // reserved, and the configuration id
  const prodId = r.little(2)
  const svn = r.little(2)
  r.take(60) // configuration version, reserved, family id
  const reportData = r.take(64)
  return { kind: 'sgx', bytes, cpuSvn, miscSelect, attributes, mrEnclave, mrSigner, prodId, svn, reportData }
}

export function readTdBody(r: BinaryReader, size: number): TdBody {
  const bytes = r.peek(size)
  const teeTcbSvn = r.take(16)
  const mrSeam = r.take(48)
  const mrSignerSeam = r.take(48)
  const seamAttributes = r.take(8)
  const attributes = r.take(8)
  const xfam = r.take(8)
  const mrTd = r.take(48)
  const mrConfigId = r.take(48)
  const mrOwner = r.take(48)
  const mrOwnerConfig = r.take(48)
  const rtmrs = [r.take(48), r.take(48), r.take(48), r.take(48)]
  const reportData = r.take(64)
  const service = size === TD15_BODY ? r.take(64).subarray(16) : undefined
  const digests = { mrSeam, mrSignerSeam, mrTd, mrConfigId, mrOwner, mrOwnerConfig, rtmrs, mrServiceTd: service }
  return { kind: 'tdx', bytes, teeTcbSvn, seamAttributes, attributes, xfam, reportData, ...digests }
}
