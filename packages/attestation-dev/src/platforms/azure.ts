import { azureEvidence, runtimeData } from '../make/azure.ts'
import { rsaKey } from '../make/keys.ts'
import { tdBody } from '../make/quote.ts'
import { attest } from '../make/tpm.ts'
import { type DevelopmentEvidence, type DevelopmentPlatform, kept, type MachineOptions } from '../platform.ts'
import { developmentCollateral, developmentQuotes } from './intel.ts'
import { developmentAmd, developmentChip } from './snp.ts'
import { developmentRegisters } from './tpm.ts'

const attestationKey = kept((seed) => rsaKey('pkcs1', seed))

/** The virtual TPM of a machine; its registers are those of an image that is measured by the hardware alone. */
function virtualTpm({ seed, machine }: MachineOptions) {
  const by = attestationKey(`${seed}: azure tpm ${machine}`)
  const registers = developmentRegisters(new Uint8Array(32))
  return { data: runtimeData(by), by, registers, quote: (extraData: Uint8Array) => attest({ extraData, registers }) }
}

/** Azure with SNP, and the roots of AMD. */
export const azureSnp: DevelopmentPlatform = {
  size: 48,
  main: (measurement) => measurement,
  machine: (options) => {
    const { seed, machine, measurement } = options
    const { root, authority } = developmentAmd(seed)
    const chip = developmentChip(seed, machine, measurement)
    const { quote, ...parts } = virtualTpm(options)
    return (reportData, now): DevelopmentEvidence => ({
      evidence: azureEvidence({
        kind: 'snp',
        ...parts,
        hardware: chip.report,
        vcek: chip.certificate,
        message: quote(reportData),
      }),
      endorsements: { certificates: [authority, root], crls: [chip.arkCrl(now)] },
    })
  },
}

/** Azure with TDX, and the roots of Intel. */
export const azureTdx: DevelopmentPlatform = {
  size: 48,
  main: (measurement) => measurement,
  machine: (options) => {
    const { seed, machine, measurement } = options
    const quoted = developmentQuotes(seed, machine)
    const hardware = (reportData: Uint8Array): Uint8Array => quoted(tdBody({ 136: measurement, 520: reportData }))
    const { quote, ...parts } = virtualTpm(options)
    return (reportData, now): DevelopmentEvidence => ({
      evidence: azureEvidence({ kind: 'tdx', ...parts, hardware, message: quote(reportData) }),
      endorsements: developmentCollateral(seed, 'TDX', now),
    })
  },
}
