export type { Attestation, Attester, GpuAttester } from './attester.ts'
