import { evidencePrecompile, zkProofPrecompile } from '@opengradient/chain'
import { REFERENCE_SIGNATURE_US, signatureUs } from '../measure/signature.ts'
import { quantile } from '../measure/stats.ts'
import { ethereumCalls } from './ethereum.ts'
import { QUESTIONS } from './evidence.ts'
import { MODELS, proofInput } from './models.ts'

/** Gas that a block may use in a second, so that a block a second is run in a second: half the block's limit, its target. */
const GAS_PER_SECOND = 30_000_000
/** Gas has to be this many times the time that the work takes: for precompiles of our own, and for Ethereum's, whose prices are given. */
const LEAST_MARGIN = 3
const LEAST_MARGIN_ETHEREUM = 0.5
const ETHEREUM = 'ethereum: '
const RUNS = 25
/** Calls for less are measured several at a time. */
const GAS_AT_ONCE = 40_000

export interface PrecompileResult {
  readonly input_bytes: number
  readonly gas: number
  /** CPU of a call, the fastest quarter of some, on a machine that signs in the reference time. */
  readonly ms: number
  readonly ms_per_mgas: number
  /** How many times as long the gas allows. */
  readonly margin: number
}

type Precompile = typeof zkProofPrecompile

/** A call of a precompile, and what its answer must begin with. */
export interface Call {
  readonly precompile: Precompile
  readonly data: Uint8Array
  readonly answers: (returned: Uint8Array) => boolean
}

/** What the precompiles charge beside what their work takes: proofs (0x0901), evidence (0x0900), and Ethereum's. */
export async function run({ progress }: { progress: (line: string) => void }): Promise<Record<string, PrecompileResult>> {
  const ethereum = Object.entries(await ethereumCalls()).map(([name, call]): [string, Call] => [ETHEREUM + name, call])
  const calls = [...proofs(), ...(await evidence()), ...ethereum]
  // A node has compiled the code of the first call by the second.
  for (const [, call] of calls) await measure(call)
  const results: Record<string, PrecompileResult> = {}
  for (const [name, call] of calls) {
    progress(name)
    results[name] = await measure(call)
  }
  return results
}

function proofs(): [string, Call][] {
  return Object.entries(MODELS).map(([name, draft]) => {
    const data = proofInput(draft())
    return [`proof: ${name}`, { precompile: zkProofPrecompile, data, answers: (returned) => returned[31] === 1 }]
  })
}

/** Accepted evidence begins with an offset and the code 0. */
async function evidence(): Promise<[string, Call][]> {
  return Promise.all(
    Object.entries(QUESTIONS).map(async ([name, question]): Promise<[string, Call]> => {
      const { data, accepted } = await question()
      const answers = (returned: Uint8Array) => returned.length <= 32 || (returned[63] === 0) === accepted
      return [`evidence: ${name}`, { precompile: evidencePrecompile, data, answers }]
    }),
  )
}

async function measure({ precompile, data, answers }: Call): Promise<PrecompileResult> {
  const times: number[] = []
  const call = async (): Promise<number> => {
    const { executionGasUsed, returnValue, exceptionError } = await precompile({
      data,
      gasLimit: 1_000_000_000n,
    } as Parameters<Precompile>[0])
    if (exceptionError || !answers(returnValue))
      throw new Error(`answered with ${Buffer.from(returnValue.subarray(0, 64)).toString('hex')}`)
    return Number(executionGasUsed)
  }
  const gas = await call()
  // The clock of the CPU is too coarse for one that takes microseconds.
  const calls = Math.ceil(GAS_AT_ONCE / gas)
  for (let i = 0; i < RUNS; i++) {
    const before = process.cpuUsage()
    for (let j = 0; j < calls; j++) await call()
    const { user, system } = process.cpuUsage(before)
    times.push((user + system) / 1000 / calls)
  }
  // Beside neighbours a signature takes longer, and so does everything else.
  const ms = (quantile(times, 0.25) * REFERENCE_SIGNATURE_US) / Math.max(REFERENCE_SIGNATURE_US, signatureUs())
  const margin = ((gas / GAS_PER_SECOND) * 1000) / ms
  return { input_bytes: data.length, gas, ms, ms_per_mgas: (ms / gas) * 1e6, margin }
}

export function table(results: Record<string, PrecompileResult>): string[] {
  const header = `precompile                                       bytes        gas        ms   ms/Mgas   margin (at least ${LEAST_MARGIN}; Ethereum's ${LEAST_MARGIN_ETHEREUM})`
  return [
    header,
    ...Object.entries(results).map(([name, { input_bytes, gas, ms, ms_per_mgas, margin }]) =>
      [
        name.padEnd(43),
        String(input_bytes).padStart(10),
        String(gas).padStart(10),
        ms.toFixed(2).padStart(9),
        ms_per_mgas.toFixed(2).padStart(9),
        `${margin.toFixed(1)}${margin < leastOf(name) ? ' TOO LITTLE' : ''}`.padStart(8),
      ].join(' '),
    ),
  ]
}

const leastOf = (name: string): number => (name.startsWith(ETHEREUM) ? LEAST_MARGIN_ETHEREUM : LEAST_MARGIN)
