import { bytesToHex, gpuNonce } from '@opengradient/protocol'
import type { GpuAttester } from '../attester.ts'
import { checkBound } from '../bound.ts'
import { misbound } from '../errors.ts'
import { checkReportData } from '../reportData.ts'
import { outputOf } from './command.ts'
import { MAX_OUTPUT, readEvidences } from './evidences.ts'

/** Milliseconds: GPUs are asked one after the other, each takes up to some seconds. */
const TIMEOUT = 120_000

/** How NVIDIA’s program is asked. `timeout`: milliseconds for all GPUs. */
export interface NvidiaAttesterOptions {
  /** NVIDIA's program, by its path or as the shell would find it. */
  readonly program?: string
  readonly timeout?: number
}

/** All NVIDIA GPUs of the machine, through NVIDIA's `nvattest collect-evidence`. Needs the driver with confidential computing on. */
export function nvidiaAttester({ program = 'nvattest', timeout = TIMEOUT }: NvidiaAttesterOptions = {}): GpuAttester {
  return {
    trust: 'hardware',
    attest: async (reportData) => {
      const nonce = gpuNonce(checkReportData(reportData))
      const args = ['collect-evidence', '--device', 'gpu', '--nonce', bytesToHex(nonce).slice(2), '--format', 'json']
      const gpus = readEvidences(await outputOf({ program, args, timeout, max: MAX_OUTPUT }))
      for (const { evidence } of gpus) checkBound('nvidia-gpu', evidence, nonce)
      const distinct = new Set(gpus.map(({ endorsements }) => bytesToHex(endorsements.certificates![0]!)))
      if (distinct.size !== gpus.length) throw misbound('nvattest gave evidence of the same GPU twice')
      return gpus
    },
    close: async () => {},
  }
}
