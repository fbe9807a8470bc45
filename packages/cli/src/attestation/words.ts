import { type Claims, MAIN_MEASUREMENT, type Platform } from '@opengradient/attestation'
import type { EnclaveSummary } from '@opengradient/sdk'

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

/** What accepted evidence proves, rests on and leaves open. `listed`: the measurement was compared with a list; `bound`: with what was expected. */
export function evidenceWords({ platform, trust }: Claims, { listed, bound }: { listed: boolean; bound: boolean }) {
  const { name, vendor } = PLATFORM_NAMES[platform]
  const open = [
    ...(listed
      ? []
      : ['Which code that is: no list of measurements was given (--policy), so compare the measurement with your own build.']),
    ...(bound
      ? []
      : ['Whose keys it vouches for: neither --report-data nor --nonce nor a keyset was given, so it may answer somebody else.']),
  ]
  if (trust === 'development')
    return {
      proves: [`Whoever holds the development root signed evidence in the form of ${name}.`],
      assumes: [],
      unproven: [`That any hardware protects anything (${DEVELOPMENT}).`, ...open],
    }
  return {
    proves: [`Code with this measurement ran in a genuine ${name} when the evidence was made.`],
    assumes: [`${vendor} keeps its keys and makes its hardware as it says.`, 'Nobody with hands on the machine attacked it physically.'],
    unproven: ['That the code is free of faults.', ...open],
  }
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
