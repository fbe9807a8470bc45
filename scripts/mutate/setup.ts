import { appendFileSync } from 'node:fs'
import { afterAll, expect } from 'vitest'

const { MUTANT, NOTES } = process.env
Object.assign(globalThis, { __mutant: MUTANT ?? '' })
if (NOTES !== undefined) {
  const reached = new Set<string>()
  Object.assign(globalThis, { __reached: reached })
  afterAll(() => appendFileSync(NOTES, `${JSON.stringify({ file: expect.getState().testPath, reached: [...reached] })}\n`))
}
