import * as seal from '@opengradient/protocol/seal'
import { SealHeaders } from '../../src/tee/seal/headers.ts'
import { sealOpener } from '../../src/tee/seal/opener.ts'

/** What `npm run mutate -- seal` mutates: both ends, and the node's own. It has no vectors: every mutant is tried on unit tests. */
export const subject = { ...seal, SealHeaders, sealOpener }

export const prepare = async (): Promise<void> => {}
export const firstDifference = async (): Promise<undefined> => undefined
