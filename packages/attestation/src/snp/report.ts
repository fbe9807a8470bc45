import { BinaryReader } from '../binary/reader.ts'
import { demand } from '../result/rejection.ts'

/** Bytes of the report that the signature covers. */
const SIGNED_SIZE = 0x2a0

/** An attestation report of AMD SEV-SNP (SEV-SNP firmware ABI, 56860, ATTESTATION_REPORT). */
export interface SnpReport {
  readonly version: number
  readonly guestSvn: number
  readonly policy: { readonly smt: boolean; readonly migratable: boolean; readonly debug: boolean; readonly singleSocket: boolean }
  readonly vmpl: number
  /** Bits of PLATFORM_INFO: 0 simultaneous multithreading, 1 TSME, 2 ECC, 3 RAPL off, 4 ciphertext hiding, 5 memory alias check done. */
  readonly platformInfo: number
  readonly signer: 'vcek' | 'vlek'
  readonly chipIdMasked: boolean
  readonly reportData: Uint8Array
  readonly measurement: Uint8Array
  readonly hostData: Uint8Array
  readonly idKeyDigest: Uint8Array
  readonly authorKeyDigest: Uint8Array
  /** Eight bytes: the versions that the signing key was derived for. */
  readonly reportedTcb: Uint8Array
  /** Eight bytes: the versions that the guest was started, or came to this machine, under. */
  readonly launchTcb: Uint8Array
  /** Family, model and stepping; only from version 3 on. */
  readonly cpu: { readonly family: number; readonly model: number } | undefined
  /** 64 bytes. */
  readonly chipId: Uint8Array
  readonly signed: Uint8Array
  /** r ‖ s, 48 bytes each, most significant byte first. */
  readonly signature: Uint8Array
}

/** Reads a report of version 2, 3 or 5 (which states mitigations), signed by ECDSA P-384 with SHA-384. Reserved bytes must be zero. MALFORMED, UNSUPPORTED. */
export function readSnpReport(bytes: Uint8Array): SnpReport {
  const r = new BinaryReader(bytes, 'SNP report')
  const version = r.little(4)
  demand(version === 2 || version === 3 || version === 5, 'UNSUPPORTED', `SNP: reports of version ${version} are not known.`)
  const guestSvn = r.little(4)
  const policy = readPolicy(r)
  r.take(32) // family id and image id, chosen by the guest's owner
  const vmpl = r.little(4)
  demand(r.little(4) === 1, 'UNSUPPORTED', 'SNP: signed by another algorithm than ECDSA P-384 with SHA-384.')
  r.take(8) // current TCB
  const platformInfo = r.little(4)
  r.zeros(4)
  const flags = r.little(4)
  const signerId = (flags >> 2) & 7
  demand(signerId <= 1 && flags >> 5 === 0, 'UNSUPPORTED', `SNP: signed by a key of the unknown kind ${signerId}.`)
  r.zeros(4)
  const reportData = r.take(64)
  const measurement = r.take(48)
  const hostData = r.take(32)
  const idKeyDigest = r.take(48)
  const authorKeyDigest = r.take(48)
  r.take(64) // report id, and that of the migration agent
  const reportedTcb = r.take(8)
  const cpu = readCpu(r, version)
  const chipId = r.take(64)
  r.take(8) // committed TCB, which the reported one never exceeds
  r.take(3) // current build, minor, major
  r.zeros(1)
  r.take(3) // committed build, minor, major
  r.zeros(1)
  const launchTcb = r.take(8)
  if (version === 5) r.take(16) // mitigations at launch and now, which AMD does not rate
  r.zeros(SIGNED_SIZE - (version === 5 ? 0x208 : 0x1f8))
  const signature = readSignature(r)
  r.end()
  return {
    version,
    guestSvn,
    policy,
    vmpl,
    platformInfo,
    signer: signerId === 0 ? 'vcek' : 'vlek',
    chipIdMasked: (flags & 2) !== 0,
    reportData,
    measurement,
    hostData,
    idKeyDigest,
    authorKeyDigest,
    reportedTcb,
    launchTcb,
    cpu,
    chipId,
    signed: bytes.subarray(0, SIGNED_SIZE),
    signature,
  }
}

/** GUEST_POLICY: bit 16 SMT, 17 must be one, 18 migration agent, 19 debug, 20 single socket. */
function readPolicy(r: BinaryReader): SnpReport['policy'] {
  const bits = r.little(4)
  r.zeros(4)
  const bit = (n: number): boolean => ((bits >>> n) & 1) === 1
  demand(bit(17), 'MALFORMED', 'SNP: bit 17 of the policy is not one.')
  return { smt: bit(16), migratable: bit(18), debug: bit(19), singleSocket: bit(20) }
}

function readCpu(r: BinaryReader, version: number): SnpReport['cpu'] {
  if (version < 3) {
    r.zeros(24)
    return undefined
  }
  const family = r.little(1)
  const model = r.little(1)
  r.take(1) // stepping
  r.zeros(21)
  return { family, model }
}

/** r and s in 72 bytes each, least significant byte first; the rest of the 512 bytes is reserved. */
function readSignature(r: BinaryReader): Uint8Array {
  const signature = new Uint8Array(96)
  for (const start of [0, 48]) {
    signature.set(r.take(48).toReversed(), start)
    r.zeros(24)
  }
  r.zeros(368)
  return signature
}
