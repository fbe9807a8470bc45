import type { Story } from '../story.ts'
import { batch } from './batch.ts'
import { bodies } from './bodies.ts'
import { chain } from './chain.ts'
import { cometbft } from './cometbft.ts'
import { files } from './files.ts'
import { model } from './model.ts'
import { clockBehind, operator } from './operator.ts'
import { parameters } from './parameters.ts'
import { payment } from './payment.ts'
import { record } from './record.ts'
import { signature } from './signature.ts'
import { salts, tee, teeAllowed, teeForeign } from './tee.ts'
import { zk, zkShape, zkWhole } from './zk.ts'
import { zkRegistration } from './zkRegistration.ts'

/** Every forgery: one lie each, told by someone who recomputes and signs everything else. */
export const forged: readonly Story[] = [
  ...model,
  ...record,
  ...bodies,
  ...parameters,
  ...signature,
  ...operator,
  ...payment,
  ...batch,
  ...chain,
  ...files,
  ...cometbft,
  ...zk,
  ...zkRegistration,
  ...tee,
  ...zkShape,
  ...teeForeign,
  ...salts,
  ...teeAllowed,
  ...zkWhole,
  ...clockBehind,
]
