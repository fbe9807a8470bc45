import { stat } from 'node:fs/promises'
import type { Attester } from './attester.ts'
import { type AzureAttesterOptions, azureAttester } from './azure/attester.ts'
import { DSTACK_SOCKET, type DstackAttesterOptions, dstackAttester } from './dstack/attester.ts'
import { reasonOf, systemCode, unavailable } from './errors.ts'
import { NSM_SOCKET, type NsmAttesterOptions, nsmAttester } from './nsm/attester.ts'
import { TPM_DEVICE, type TpmAttesterOptions, tpmAttester } from './tpm/attester.ts'
import type { TpmPlace } from './tpm/connection.ts'
import { type TsmAttesterOptions, tsmAttester } from './tsm/attester.ts'
import { TSM_FOLDER } from './tsm/report.ts'

/** What to look for. `auto`: whatever keeps memory out of the host's reach; a TPM does not, so it has to be named. */
export type WantedPlatform = 'auto' | 'nitro' | 'tdx' | 'snp' | 'azure' | 'tpm'

/** Which hardware is wanted, and other places than the usual ones. */
export interface DetectOptions {
  readonly want: WantedPlatform
  readonly nitro?: NsmAttesterOptions
  readonly tsm?: Omit<TsmAttesterOptions, 'platform'>
  readonly dstack?: DstackAttesterOptions
  /** With either hardware. */
  readonly azure?: Omit<AzureAttesterOptions, 'hardware'>
  readonly tpm?: TpmAttesterOptions
}

/** One interface that was looked for. */
export interface Candidate {
  readonly name: string
  readonly platform: Exclude<WantedPlatform, 'auto'>
  readonly attester: Attester
  /** The file without which it is not there; none for a TPM on a port. */
  readonly path: string | undefined
}

/** The interfaces in the order in which they are tried. */
export function candidates({ nitro, tsm, dstack, azure, tpm }: Omit<DetectOptions, 'want'> = {}): Candidate[] {
  const deviceOf = (place: TpmPlace = { device: TPM_DEVICE }) => ('device' in place ? place.device : undefined)
  const virtual = deviceOf(azure?.place)
  const folder = tsm?.folder ?? TSM_FOLDER
  return [
    { name: 'Nitro security module', platform: 'nitro', path: nitro?.socket ?? NSM_SOCKET, attester: nsmAttester(nitro) },
    { name: 'TDX by dstack', platform: 'tdx', path: dstack?.socket ?? DSTACK_SOCKET, attester: dstackAttester(dstack) },
    { name: 'TDX by configfs-tsm', platform: 'tdx', path: folder, attester: tsmAttester({ ...tsm, platform: 'tdx' }) },
    { name: 'SEV-SNP by configfs-tsm', platform: 'snp', path: folder, attester: tsmAttester({ ...tsm, platform: 'snp' }) },
    { name: 'Azure with SEV-SNP', platform: 'azure', path: virtual, attester: azureAttester({ ...azure, hardware: 'snp' }) },
    { name: 'Azure with TDX', platform: 'azure', path: virtual, attester: azureAttester({ ...azure, hardware: 'tdx' }) },
    { name: 'TPM 2.0', platform: 'tpm', path: deviceOf(tpm?.place), attester: tpmAttester(tpm) },
  ]
}

/** Bound into the evidence that shows whether an interface works; thrown away. */
const PROBE = new TextEncoder().encode('OpenGradient probe')

/**
 * The first interface of the wanted platform that gives evidence, each asked once. ATTESTER_UNAVAILABLE says of every candidate why it was not
 * taken; its details list them.
 */
export async function detectAttester(options: DetectOptions): Promise<Attester> {
  const { want, ...rest } = options
  const tried: { name: string; why: string }[] = []
  for (const { name, platform, path, attester } of candidates(rest)) {
    if (want === 'auto' ? platform === 'tpm' : platform !== want) continue
    const why = await reasonAgainst(path, attester)
    if (why === undefined) return attester
    tried.push({ name, why })
    await attester.close()
  }
  const list = tried.map(({ name, why }) => `${name}: ${why}`).join(' ')
  throw unavailable(`No evidence can be had here. ${list}`, undefined, { tried })
}

/** Why this interface gives no evidence, or undefined. */
async function reasonAgainst(path: string | undefined, attester: Attester): Promise<string | undefined> {
  try {
    if (path !== undefined) await stat(path)
  } catch (error) {
    return `${path} is not there (${systemCode(error) ?? reasonOf(error)}).`
  }
  try {
    await attester.attest(PROBE)
    return undefined
  } catch (error) {
    return reasonOf(error)
  }
}
