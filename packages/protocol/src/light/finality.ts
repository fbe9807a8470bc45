import * as z from 'zod'
import { type CometCommit, cometCommitSchema } from './cometbft/lightBlock.ts'
import { type Commit, commitSchema } from './commit.ts'

/** What makes a block final: the signature of an embedded chain's one validator, or what CometBFT's validators signed. Plain JSON. */
export type Finality = Commit | CometCommit

/** What shows that a block is final, of either kind. */
export const finalitySchema = z.discriminatedUnion('kind', [commitSchema, cometCommitSchema])
