import { concatBytes } from '@opengradient/protocol'
import type { PublicKey } from '../../crypto/types.ts'
import type { Endorsements } from '../../result/evidence.ts'
import { tpm2b, tpmData } from '../../tpm/quote.ts'
import type { Attestation, Attester } from '../attester.ts'
import { DEFAULT_TIMEOUT } from '../io/deadline.ts'
import { checkReportData } from '../reportData.ts'
import { u32 } from './command.ts'
import { connectTpm, type TpmConnection, type TpmPlace } from './connection.ts'
import { AK_TEMPLATE, readPublicKey } from './key.ts'
import { createPrimary, flush, hasNv, readNv } from './operations.ts'
import { quoted } from './quoted.ts'

/** Linux's resource manager of the first TPM. */
export const TPM_DEVICE = '/dev/tpmrm0'

/** Where the attestation key comes from. */
export interface AttestationKey {
  /** Index that holds its template (TPMT_PUBLIC); a common one (ECDSA, P-256) if absent. */
  readonly templateIndex?: number
  /** Index that holds its certificate (DER). */
  readonly certificateIndex?: number
}

/** The attestation key that Google Cloud certifies in its virtual TPMs (ECDSA). */
export const GOOGLE_AK = { templateIndex: 0x01c1_0003, certificateIndex: 0x01c1_0002 } as const satisfies AttestationKey

/** Which TPM, which of its keys, and what certifies it. */
export interface TpmAttesterOptions {
  readonly place?: TpmPlace
  /** If absent: Google's where the TPM holds it, else a common one. */
  readonly key?: AttestationKey
  /** Certificates of the key that the TPM does not hold, leaf first, and revocation lists. The one of `certificateIndex` goes first. */
  readonly endorsements?: Endorsements
  /** Milliseconds for one command. */
  readonly timeout?: number
}

/** An attester whose key somebody has to certify. */
export interface TpmAttester extends Attester {
  /** The public attestation key, for whoever is to certify it. */
  attestationKey(): Promise<PublicKey>
}

/**
 * A TPM 2.0, by its own commands: registers 0 to 23 of SHA-256 and `tpmData` of the report data, quoted by a restricted key of the endorsement
 * hierarchy. It proves which code was started, not that the memory is out of the host's reach. Every object is flushed again.
 */
export function tpmAttester(options: TpmAttesterOptions = {}): TpmAttester {
  const { place = { device: TPM_DEVICE }, endorsements = {}, timeout = DEFAULT_TIMEOUT } = options
  const withTpm = async <T>(use: (tpm: TpmConnection) => Promise<T>): Promise<T> => {
    const tpm = await connectTpm(place, timeout)
    try {
      return await use(tpm)
    } finally {
      await tpm.close()
    }
  }
  return {
    platform: 'tpm',
    trust: 'hardware',
    attestationKey: () =>
      withTpm(async (tpm) => withKey(tpm, options.key ?? (await keyIn(tpm)), async (_, publicArea) => readPublicKey(publicArea))),
    attest: (reportData) =>
      withTpm(async (tpm): Promise<Attestation> => {
        const data = tpmData(checkReportData(reportData))
        const key = options.key ?? (await keyIn(tpm))
        const evidence = await withKey(tpm, key, (handle) => evidenceOf(tpm, handle, data))
        if (key.certificateIndex === undefined) return { evidence, endorsements }
        const certificate = await readNv(tpm, key.certificateIndex)
        return { evidence, endorsements: { ...endorsements, certificates: [certificate, ...(endorsements.certificates ?? [])] } }
      }),
    close: async () => {},
  }
}

/** The key that a cloud has prepared, or none in particular. */
const keyIn = async (tpm: TpmConnection): Promise<AttestationKey> =>
  (await hasNv(tpm, GOOGLE_AK.templateIndex)) && (await hasNv(tpm, GOOGLE_AK.certificateIndex)) ? GOOGLE_AK : {}

async function withKey<T>(
  tpm: TpmConnection,
  { templateIndex }: AttestationKey,
  use: (handle: number, publicArea: Uint8Array) => Promise<T>,
): Promise<T> {
  const template = templateIndex === undefined ? AK_TEMPLATE : await readNv(tpm, templateIndex)
  const { handle, publicArea } = await createPrimary(tpm, template)
  const work = use(handle, publicArea)
  // What went wrong first is what is told.
  await work.catch(() => flush(tpm, handle).catch(() => {}))
  const result = await work
  await flush(tpm, handle)
  return result
}

/** Message, signature and registers as verifiers read them. */
async function evidenceOf(tpm: TpmConnection, handle: number, data: Uint8Array): Promise<Uint8Array> {
  const { message, signature, registers } = await quoted(tpm, handle, data)
  return concatBytes(tpm2b(message), signature, u32(registers.length), ...registers.map(tpm2b))
}
