import * as seal from '../../src/seal/index.ts'

/** What `npm run mutate -- seal` mutates. It has no vectors: every mutant is tried on unit tests. */
export const subject = seal

export const prepare = async (): Promise<void> => {}
export const firstDifference = async (): Promise<undefined> => undefined
