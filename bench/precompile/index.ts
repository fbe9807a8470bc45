import { zkProofPrecompile } from '@opengradient/chain'
import { REFERENCE_SIGNATURE_US, signatureUs } from '../measure/signature.ts'
import { quantile } from '../measure/stats.ts'
import { MODELS, proofInput } from './models.ts'

/** Gas that a block may use in a second, so that a block a second is run in a second: half the block's limit, its target. */
const GAS_PER_SECOND = 30_000_000
/** Gas has to be this many times the time that the work takes. */
const LEAST_MARGIN = 3
const RUNS = 25

export interface PrecompileResult {
  readonly input_bytes: number
  readonly gas: number
  /** CPU of a call, the fastest quarter of some, on a machine that signs in the reference time. */
  readonly ms: number
  readonly ms_per_mgas: number
  /** How many times as long the gas allows. */
  readonly margin: number
}

/** What the precompile 0x0901 charges for proofs beside what they take. */
export async function run({ progress }: { progress: (line: string) => void }): Promise<Record<string, PrecompileResult>> {
  const inputs = Object.entries(MODELS).map(([name, draft]) => [name, proofInput(draft())] as const)
  // A node has compiled the code of the first proof by the second.
  for (const [, data] of inputs) await measure(data)
  const results: Record<string, PrecompileResult> = {}
  for (const [name, data] of inputs) {
    progress(name)
    results[name] = await measure(data)
  }
  return results
}

async function measure(data: Uint8Array): Promise<PrecompileResult> {
  const times: number[] = []
  let gas = 0
  for (let i = 0; i < RUNS; i++) {
    const before = process.cpuUsage()
    const { executionGasUsed, returnValue } = await zkProofPrecompile({ data, gasLimit: 1_000_000_000n } as Parameters<
      typeof zkProofPrecompile
    >[0])
    const { user, system } = process.cpuUsage(before)
    times.push((user + system) / 1000)
    if (returnValue[31] !== 1) throw new Error(`refused with code ${returnValue[63]}`)
    gas = Number(executionGasUsed)
  }
  // Beside neighbours a signature takes longer, and so does everything else.
  const ms = (quantile(times, 0.25) * REFERENCE_SIGNATURE_US) / Math.max(REFERENCE_SIGNATURE_US, signatureUs())
  const margin = ((gas / GAS_PER_SECOND) * 1000) / ms
  return { input_bytes: data.length, gas, ms, ms_per_mgas: (ms / gas) * 1e6, margin }
}

export function table(results: Record<string, PrecompileResult>): string[] {
  const header = `precompile 0x0901                          bytes        gas        ms   ms/Mgas   margin (at least ${LEAST_MARGIN})`
  return [
    header,
    ...Object.entries(results).map(([name, { input_bytes, gas, ms, ms_per_mgas, margin }]) =>
      [
        name.padEnd(37),
        String(input_bytes).padStart(10),
        String(gas).padStart(10),
        ms.toFixed(2).padStart(9),
        ms_per_mgas.toFixed(2).padStart(9),
        `${margin.toFixed(1)}${margin < LEAST_MARGIN ? ' TOO LITTLE' : ''}`.padStart(8),
      ].join(' '),
    ),
  ]
}
