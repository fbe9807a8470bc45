import { type AzureOptions as MadeOptions, azureEvidence as made, runtimeData as publish } from '@opengradient/attestation-dev/make'
import { intelRoot, pck, pckCa, pem, quote, tdBody } from './dcap.testkit.ts'
import { rsaKey, type TestKey } from './keys.testkit.ts'
import { snpReport, vcek } from './snp.testkit.ts'
import { attest, REGISTERS } from './tpm.testkit.ts'

export const azureKeys = { ak: rsaKey('pkcs1', 'azure ak'), other: rsaKey('pkcs1', 'azure other') }
export type AzureOptions = Partial<MadeOptions>

/** The JSON in which the paravisor publishes the key of the virtual TPM. */
export const runtimeData = (ak: TestKey = azureKeys.ak): Uint8Array => publish(ak)

const hardware = {
  snp: (reportData: Uint8Array): Uint8Array => snpReport({ 80: reportData }),
  tdx: (reportData: Uint8Array): Uint8Array => quote({ body: tdBody({ 520: reportData }), certificates: pem(pck(), pckCa, intelRoot) }),
}

/** Evidence as the guest collects it. */
export const azureEvidence = (o: AzureOptions = {}): Uint8Array => {
  const kind = o.kind ?? 'snp'
  return made({
    data: runtimeData(),
    hardware: hardware[kind],
    ...(kind === 'snp' ? { vcek: vcek() } : {}),
    message: attest(),
    by: azureKeys.ak,
    registers: REGISTERS,
    ...o,
    kind,
  })
}
