import { type EndToEnd, measureEndToEnd } from './endToEnd.ts'
import { type ExecutorResult, measureExecutor } from './executor.ts'
import { measureSettlements, type SettlementResult } from './settlement.ts'
import { KINDS, type Kind } from './workloads.ts'

export interface ChainResult extends Record<Kind, EndToEnd> {
  readonly executor: ExecutorResult
  readonly settlement: SettlementResult
}

/** Least share of anvil's speed, end to end. */
const LEAST_RATIO: Record<Kind, number> = { transfer: 0.45, erc20: 0.28, storage: 0.1 }
const LEAST_EXECUTOR: ExecutorResult = { erc20_ratio: 2.5, storage_ratio: 3.5 }
/** CPU per settlement that leaves more than half a core at 150 settlements a second. */
const MOST_SETTLEMENT_US = 3_000

export async function run({ progress }: { progress: (line: string) => void }): Promise<ChainResult> {
  const endToEnd = await measureEndToEnd(progress)
  return { ...endToEnd, executor: await measureExecutor(progress), settlement: await measureSettlements(progress) }
}

export function table(result: ChainResult): string[] {
  const lines = ['from JSON-RPC into a block   ours    anvil   ratio   at least   CPU s per 1,000: ours   anvil']
  for (const kind of KINDS) {
    const { ours, anvil, ratio, cpu_s } = result[kind]
    const cells = [
      String(ours).padStart(9),
      String(anvil).padStart(8),
      ratio.toFixed(2).padStart(7),
      LEAST_RATIO[kind].toFixed(2).padStart(10),
    ]
    lines.push(
      `${`${kind}s a second`.padEnd(23)} ${cells.join(' ')} ${cpu_s.ours.toFixed(2).padStart(22)} ${cpu_s.anvil.toFixed(2).padStart(7)}`,
    )
  }
  const { erc20_ratio, storage_ratio } = result.executor
  const least = `at least ${LEAST_EXECUTOR.erc20_ratio} and ${LEAST_EXECUTOR.storage_ratio}`
  lines.push(
    `executor beside EthereumJS's Merkle state: erc20s ${erc20_ratio.toFixed(2)}×, storage ${storage_ratio.toFixed(2)}× (${least})`,
  )
  const { per_s, cpu_us, gas } = result.settlement
  lines.push(`settlements: ${per_s} a second without JSON-RPC, ${cpu_us} µs of CPU (at most ${MOST_SETTLEMENT_US}) and ${gas} gas each`)
  return lines
}
