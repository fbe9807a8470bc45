import type { IncomingMessage } from 'node:http'
import { OgError } from '@opengradient/protocol'
import type { TeeLevel } from '../tee/keyset.ts'
import type { ServedLevel } from './pipeline.ts'

const LEVELS: readonly ServedLevel[] = ['signature', 'tee', 'zk', 'development']
const WITH: Readonly<Record<TeeLevel, WeakMap<readonly ServedLevel[], readonly ServedLevel[]>>> = {
  tee: new WeakMap(),
  development: new WeakMap(),
}

/** The levels of a model with that of the keyset that names it, if one does. What answers with proofs alone runs in no enclave. */
export function withTee(levels: readonly ServedLevel[], tee: TeeLevel | undefined): readonly ServedLevel[] {
  if (tee === undefined || !levels.includes('signature')) return levels
  let both = WITH[tee].get(levels)
  if (both === undefined) {
    both = [...levels, tee]
    WITH[tee].set(levels, both)
  }
  return both
}

/** Whether receipts of this level are signed by the key of a keyset, and requests sealed to it. */
export const isTee = (level: ServedLevel): level is TeeLevel => level === 'tee' || level === 'development'

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
    `This node answers this model at level ${offered.join(' and ')}, not ${String(asked).slice(0, 32)}. ${REMEDIES[level ?? 'signature']}`,
    { details: { levels: [...offered] } },
  )
}

const REMEDIES: Readonly<Record<ServedLevel, string>> = {
  signature: 'Ask at one of these, or ask another node.',
  zk: 'A model published with a proof gets level zk some seconds later: ask again, or ask another node.',
  tee: 'A node in an enclave gets level tee once its keyset is registered (`og node start --tee auto`): ask again, or ask another node.',
  development:
    'A node gets level development when it is started with development attestation (`og up --tee dev`, `og node start --tee dev`): start it so, or ask again in some seconds.',
}
