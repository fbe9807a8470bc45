import { type Claims, MAIN_MEASUREMENT, type Platform, TPM } from '@opengradient/attestation'
import type { EnclaveSummary } from '@opengradient/sdk'
import { evidenceAssumes } from '@opengradient/verifier'

/** Whose hardware it is, for people. */
export const PLATFORM_NAMES: Readonly<Record<Platform, { readonly name: string; readonly vendor: string }>> = {
  nitro: { name: 'AWS Nitro Enclave', vendor: 'Amazon' },
  snp: { name: 'AMD SEV-SNP', vendor: 'AMD' },
  tdx: { name: 'Intel TDX', vendor: 'Intel' },
  sgx: { name: 'Intel SGX', vendor: 'Intel' },
  'azure-snp-vtpm': { name: 'Azure confidential machine (AMD SEV-SNP)', vendor: 'AMD and Microsoft' },
  'azure-tdx-vtpm': { name: 'Azure confidential machine (Intel TDX)', vendor: 'Intel and Microsoft' },
  tpm: { name: 'TPM 2.0', vendor: 'the maker of the TPM or its cloud' },
  'nvidia-gpu': { name: 'NVIDIA GPU', vendor: 'NVIDIA' },
}

/** What every screen says of evidence under a development root. */
export const DEVELOPMENT = 'development: no hardware protection'

/**
 * What accepted evidence of a machine and of its GPUs proves, rests on and leaves open. `listed`: the measurement was compared with a list; `bound`: with
 * what was expected.
 */
export function evidenceWords([claims, ...gpus]: readonly [Claims, ...Claims[]], { listed, bound }: { listed: boolean; bound: boolean }) {
  const { platform } = claims
  const { name, vendor } = PLATFORM_NAMES[platform]
  const all = [claims, ...gpus]
  const open = [
    ...(all.some(({ debug }) => debug) ? ['That anything is kept from the host: in debug mode it can read and change all of it.'] : []),
    ...(listed
      ? []
      : ['Which code that is: no list of measurements was given (--policy), so compare the measurement with your own build.']),
    ...(bound
      ? []
      : ['Whose keys it vouches for: neither --report-data nor --nonce nor a keyset was given, so it may answer somebody else.']),
  ]
  if (all.some(({ trust }) => trust === 'development'))
    return {
      proves: [`Whoever holds the development root signed evidence in the form of ${name}.`],
      assumes: [],
      unproven: [`That any hardware protects anything (${DEVELOPMENT}).`, ...open],
    }
  return {
    proves: [whatRan(claims, name)],
    assumes: [
      `${vendor} keeps its keys and makes its hardware as it says.`,
      ...evidenceAssumes({ tpm: TPM[platform], revocation: all.map(({ revocation }) => revocation) }),
      'Nobody with hands on the machine attacked it physically.',
    ],
    unproven: ['That the code is free of faults.', ...open],
  }
}

/** A TPM measures what its machine starts, and a GPU its own firmware: neither is an enclave in which code runs. */
function whatRan({ platform, debug }: Claims, name: string): string {
  if (TPM[platform] === 'bare')
    return `A machine had started code with this measurement when the evidence was made, as its genuine ${name} says.`
  if (platform === 'nvidia-gpu') return `A genuine ${name} ran firmware with these measurements when the evidence was made.`
  const where = debug ? `${name} in debug mode` : name
  return `Code with this measurement ran in a genuine ${where} when the evidence was made.`
}

/** The enclave of an answer: platform, code and TCB, as its evidence says them. */
export function enclaveLines({ platform, trust, measurements, tcb }: EnclaveSummary): string[] {
  const { name, vendor } = PLATFORM_NAMES[platform]
  const main = MAIN_MEASUREMENT[platform]
  return [
    `enclave   ${name}, ${trust === 'development' ? DEVELOPMENT : `hardware of ${vendor}`}`,
    `code      ${main} ${measurements[main] ?? 'not shown'}`,
    `TCB       ${tcb}`,
  ]
}
