import { OgError } from '@opengradient/protocol'
import { MAX_THREADS } from '@opengradient/zkml/node'
import { parseWhole } from '../amount.ts'

/** How many threads prove. @throws OgError `USAGE` */
export function parseThreads(value: unknown, flag: string): number {
  const threads = parseWhole(value, flag, MAX_THREADS)
  if (threads < 1) throw new OgError('USAGE', `${flag} ${threads}: expected 1 to ${MAX_THREADS}`)
  return threads
}
