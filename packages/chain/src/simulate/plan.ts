import type { BlockHeader } from '@ethereumjs/block'
import { SimulationRefusal } from './refusal.ts'
import { MAX_SIMULATED_BLOCKS, type SimulatedBlockRequest } from './request.ts'

/** Seconds between simulated blocks that name no time: Ethereum's, because simulations are written for it. */
const BLOCK_SECONDS = 12n

/** A block to simulate whose number and time are settled. */
export interface PlannedBlock extends SimulatedBlockRequest {
  readonly number: bigint
  readonly time: bigint
}

/** Every block from the one after `base` to the last one asked for: numbers and times rise, and gaps are filled with empty blocks. */
export function planBlocks(base: BlockHeader, blocks: readonly SimulatedBlockRequest[]): PlannedBlock[] {
  const planned: PlannedBlock[] = []
  let { number: last, timestamp: time } = base
  for (const request of blocks) {
    const number = request.block.number ?? last + 1n
    if (number <= last) throw new SimulationRefusal('number-order', `block numbers must be in order: ${number} <= ${last}`)
    if (number - base.number > BigInt(MAX_SIMULATED_BLOCKS)) {
      throw new SimulationRefusal('limit', `too many blocks: at most ${MAX_SIMULATED_BLOCKS} after the base block are simulated`)
    }
    for (last += 1n; last < number; last += 1n) {
      time += BLOCK_SECONDS
      planned.push({ ...EMPTY, number: last, time })
    }
    const next = request.block.time ?? time + BLOCK_SECONDS
    if (next <= time) throw new SimulationRefusal('time-order', `block timestamps must be in order: ${next} <= ${time}`)
    time = next
    planned.push({ ...request, number, time })
  }
  return planned
}

const EMPTY: SimulatedBlockRequest = { block: {}, overrides: new Map(), calls: [] }
