import { type BlockSummary, headBlock } from '../network/rpc.ts'
import { type EngineStatus, engineStatus } from './engineStatus.ts'
import type { FullSettings } from './settings.ts'

/** What a screen shows of a full node. Undefined parts do not answer. */
export interface Observed {
  head: BlockSummary | undefined
  engine: EngineStatus | undefined
}

/** Looks at a full node through its two RPCs. */
export async function observe({ rpc, engineRpc }: FullSettings): Promise<Observed> {
  const [head, engine] = await Promise.all([headBlock(rpc.port), engineStatus(engineRpc.url)])
  return { head, engine }
}

/** One word for how a node is. */
export function stateOf({ head, engine }: Observed): 'up' | 'syncing' | 'no consensus' | 'down' {
  if (!head) return 'down'
  if (!engine) return 'no consensus'
  return engine.catchingUp ? 'syncing' : 'up'
}
