import { statSync } from 'node:fs'
import type { DetectOptions } from '@opengradient/attestation/attest'
import type { Attester } from '@opengradient/inference'
import { OgError } from '@opengradient/protocol'
import { loadDevelopmentAttester } from './development.ts'
import { LOCAL_PLATFORM, LOCAL_SEED } from './localNetwork.ts'

/** What `--tee` may say. */
export const TEE_PLATFORMS = ['auto', 'nitro', 'tdx', 'snp', 'azure', 'tpm', 'dev'] as const
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
  /** Where the interface of the platform is, if not where it usually is: see `interfaceAt`. */
  readonly at?: string
  /** Tells development machines apart. */
  readonly machine: string
}

/**
 * What attests this machine, tried once: hardware that is not there is a reason not to start.
 * @throws OgError `ATTESTER_UNAVAILABLE`, `USAGE`
 */
export async function attesterOf({ platform, gpu, certificates = [], at, trusted, machine }: AttesterPlace): Promise<Attester> {
  const places = at === undefined ? {} : interfaceAt(platform, at)
  if (platform === 'dev' && gpu) throw new OgError('USAGE', '--tee-gpu: development machines have no GPU')
  if (platform === 'dev') return loadDevelopmentAttester({ platform: LOCAL_PLATFORM, trusted: await trusted(), seed: LOCAL_SEED, machine })
  const attester = await detected({ want: platform, ...places }, certificates)
  return gpu ? withGpus(attester) : attester
}

/**
 * Where a platform is asked: the socket of the relay (nitro) or of dstack's guest agent (tdx), the folder of configfs-tsm (tdx, snp), the
 * device of a TPM (azure, tpm) or host and port of one in software.
 * @throws OgError `USAGE`
 */
export function interfaceAt(platform: TeePlatform, at: string): Omit<DetectOptions, 'want'> {
  switch (platform) {
    case 'nitro':
      return { nitro: { socket: at } }
    case 'snp':
      return { tsm: { folder: at } }
    case 'tdx': {
      // The other of the two must not be taken instead.
      const nowhere = `${at}/nowhere`
      return statSync(at, { throwIfNoEntry: false })?.isDirectory()
        ? { tsm: { folder: at }, dstack: { socket: nowhere } }
        : { dstack: { socket: at }, tsm: { folder: nowhere } }
    }
    case 'azure':
      return { azure: { place: tpmAt(at) } }
    case 'tpm':
      return { tpm: { place: tpmAt(at) } }
    default:
      throw new OgError('USAGE', `--tee-at ${at}: of which platform? Give --tee nitro, tdx, snp, azure or tpm with it`)
  }
}

function tpmAt(at: string): { device: string } | { host: string; port: number } {
  if (at.startsWith('/')) return { device: at }
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(at) ?? []
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535)
    throw new OgError('USAGE', `--tee-at ${at}: expected a device such as /dev/tpmrm0, or host:port of a TPM in software`)
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
}

async function detected(places: DetectOptions, certificates: readonly Uint8Array[]): Promise<Attester> {
  const { detectAttester } = await import('@opengradient/attestation/attest')
  const given = certificates.length > 0 ? { endorsements: { certificates } } : {}
  return detectAttester({
    ...places,
    tsm: { ...places.tsm, ...given },
    azure: { ...places.azure, ...given },
    tpm: { ...places.tpm, ...given },
  })
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
