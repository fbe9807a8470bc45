import { type Genesis, parseGenesis } from '@opengradient/chain'
import { isOgError, OgError } from '@opengradient/protocol'
import { readIfThere } from '../home/files.ts'

/** The genesis that this machine keeps in a file; undefined where there is none yet. @throws OgError `CHAIN_GENESIS_INVALID`, naming the file */
export function keptGenesis(path: string): Genesis | undefined {
  const bytes = readIfThere(path)
  try {
    return bytes && parseGenesis(bytes)
  } catch (cause) {
    if (!isOgError(cause)) throw cause
    throw new OgError('CHAIN_GENESIS_INVALID', `${path} is damaged: ${cause.message} Restore it from a copy of the home.`, { cause })
  }
}
