import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { bundle } from '../test/process.testkit.ts'

/** What the tests of a file share: the bundled program of their nodes, and what each of them leaves to be cleaned up, last first. */
export interface Nodes {
  /** Once the tests run. */
  readonly program: string
  readonly cleanups: (() => Promise<unknown> | unknown)[]
}

export function testNodes(): Nodes {
  const nodes = { program: '', cleanups: [] as (() => Promise<unknown> | unknown)[] }
  beforeAll(async () => {
    nodes.program = await bundle('../cometbft/node.program.ts')
  })
  afterEach(async () => {
    for (const cleanup of nodes.cleanups.splice(0).reverse()) await cleanup()
  })
  afterAll(() => rm(dirname(nodes.program), { recursive: true, force: true }))
  return nodes
}
