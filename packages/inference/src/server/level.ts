import type { IncomingMessage } from 'node:http'
import { OgError } from '@opengradient/protocol'
import type { ServedLevel } from './pipeline.ts'

const LEVELS: readonly ServedLevel[] = ['signature', 'zk']

/**
 * The level that a request asks for in `og-level`; without the header the first that the model offers.
 * @throws OgError `NODE_LEVEL_NOT_OFFERED`
 */
export function levelOf({ headers }: IncomingMessage, offered: readonly ServedLevel[]): ServedLevel {
  const asked = headers['og-level']
  const level = asked === undefined ? offered[0] : LEVELS.find((name) => name === asked)
  if (level !== undefined && offered.includes(level)) return level
  throw new OgError(
    'NODE_LEVEL_NOT_OFFERED',
    `This node answers this model at level ${offered.join(' and ')}, not ${String(asked).slice(0, 32)}. A model published with a proof gets level zk some seconds later: ask again, or ask another node.`,
    {
      details: { levels: [...offered] },
    },
  )
}
