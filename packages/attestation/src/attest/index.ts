export type { Attestation, Attester, GpuAttester } from './attester.ts'
export { type AzureAttesterOptions, azureAttester } from './azure/attester.ts'
export { type DetectOptions, detectAttester, type WantedPlatform } from './detect.ts'
export { DSTACK_SOCKET, type DstackAttesterOptions, dstackAttester } from './dstack/attester.ts'
export { NSM_SOCKET, type NsmAttesterOptions, nsmAttester } from './nsm/attester.ts'
export { type NvidiaAttesterOptions, nvidiaAttester } from './nvidia/attester.ts'
export {
  type AttestationKey,
  GOOGLE_AK,
  TPM_DEVICE,
  type TpmAttester,
  type TpmAttesterOptions,
  tpmAttester,
} from './tpm/attester.ts'
export type { TpmPlace } from './tpm/connection.ts'
export { type TsmAttesterOptions, tsmAttester } from './tsm/attester.ts'
export { TSM_FOLDER } from './tsm/report.ts'
