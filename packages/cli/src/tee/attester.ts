import type { WantedPlatform } from '@opengradient/attestation/attest'
import type { Attester } from '@opengradient/inference'
import { OgError } from '@opengradient/protocol'
import { loadDevelopmentAttester } from './development.ts'
import { LOCAL_PLATFORM, LOCAL_SEED } from './localNetwork.ts'

/** What `--tee` may say. */
export const TEE_PLATFORMS = ['auto', 'nitro', 'tdx', 'snp', 'tpm', 'dev'] as const
export type TeePlatform = (typeof TEE_PLATFORMS)[number]

/** @throws OgError `USAGE` */
export function parseTee(given: unknown): TeePlatform {
  const found = TEE_PLATFORMS.find((name) => name === given)
  if (found === undefined) throw new OgError('USAGE', `--tee ${String(given)}: there are ${TEE_PLATFORMS.join(', ')}`)
  return found
}

export interface AttesterPlace {
  readonly platform: TeePlatform
  /** The NVIDIA GPUs of this machine are to be attested as well. */
  readonly gpu: boolean
  /** Certificates (DER) of the key that signs the evidence, leaf first, where the machine holds none. */
  readonly certificates?: readonly Uint8Array[]
  /** The development roots in the genesis of the network (DER). */
  readonly trusted: () => Promise<readonly Uint8Array[]>
  /** Tells development machines apart. */
  readonly machine: string
}

/**
 * What attests this machine, tried once: hardware that is not there is a reason not to start.
 * @throws OgError `ATTESTER_UNAVAILABLE`
 */
export async function attesterOf({ platform, gpu, certificates = [], trusted, machine }: AttesterPlace): Promise<Attester> {
  if (platform === 'dev') return loadDevelopmentAttester({ platform: LOCAL_PLATFORM, trusted: await trusted(), seed: LOCAL_SEED, machine })
  const attester = await detected(platform, certificates)
  return gpu ? withGpus(attester) : attester
}

async function detected(want: WantedPlatform, certificates: readonly Uint8Array[]): Promise<Attester> {
  const { detectAttester } = await import('@opengradient/attestation/attest')
  const given = certificates.length > 0 ? { endorsements: { certificates } } : {}
  return detectAttester({ want, tsm: given, tpm: given })
}

/** The same evidence with that of every GPU, each made for this enclave. */
async function withGpus(attester: Attester): Promise<Attester> {
  const { nvidiaAttester } = await import('@opengradient/attestation/attest')
  const gpus = nvidiaAttester()
  return {
    platform: attester.platform,
    trust: attester.trust,
    attest: async (reportData) => ({ ...(await attester.attest(reportData)), gpus: await gpus.attest(reportData) }),
    close: async () => {
      await gpus.close()
      await attester.close()
    },
  }
}
