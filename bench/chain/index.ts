import { type EndToEnd, measureEndToEnd } from './endToEnd.ts'
import { measureSettlements, type SettlementResult } from './settlement.ts'
import { KINDS, type Kind } from './workloads.ts'

export interface ChainResult extends Record<Kind, EndToEnd> {
  readonly settlement: SettlementResult
}

/** Least share of anvil's speed, end to end. */
const LEAST_RATIO: Record<Kind, number> = { transfer: 0.45, erc20: 0.28, storage: 0.1 }
/** CPU per settlement that leaves more than half a core at 150 settlements a second. */
const MOST_SETTLEMENT_US = 3_000

export async function run({ progress }: { progress: (line: string) => void }): Promise<ChainResult> {
  const endToEnd = await measureEndToEnd(progress)
  return { ...endToEnd, settlement: await measureSettlements(progress) }
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
  const { per_s, cpu_us, gas } = result.settlement
  lines.push(`settlements: ${per_s} a second without JSON-RPC, ${cpu_us} µs of CPU (at most ${MOST_SETTLEMENT_US}) and ${gas} gas each`)
  return lines
}
