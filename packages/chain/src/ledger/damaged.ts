import { OgError } from '@opengradient/protocol'

/** The error of a database that contradicts itself. */
export const damaged = (why: string, cause?: unknown): OgError =>
  new OgError('CHAIN_DATA_CORRUPT', `The chain database is damaged: ${why}. Restore a backup, or reset the network.`, { cause })
