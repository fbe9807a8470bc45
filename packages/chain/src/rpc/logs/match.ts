import type { ChainLog } from '../../chain.ts'
import type { LogCriteria } from '../codec/filter.ts'

/** Whether a log satisfies the criteria: one of the addresses, and at each position one of the topics. */
export function matches(log: Omit<ChainLog, 'index'>, { addresses, topics }: LogCriteria): boolean {
  if (addresses.size > 0 && !addresses.has(log.address)) return false
  if (topics.length > log.topics.length) return false
  return topics.every((wanted, position) => wanted === null || wanted.has(log.topics[position]!))
}
