import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { mutations } from './instrument.mjs'
import { noted } from './reach.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const subjects = (process.env.MUTATED ?? '').split(',')

/** Milliseconds for one test. Notes are taken once, and must be whole also where a machine is busy. */
const TIMEOUT = process.env.NOTES === undefined ? 30_000 : 300_000

/** Files in the order in which they are asked for. */
class AsAsked extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files
  }
}

/** The unit tests with one mutant (`MUTANT`) alive in the sources under `MUTATED`, or with none and notes of what they come by (`NOTES`). */
export default defineConfig({
  plugins: [
    mutations((id: string) => {
      const file = id.startsWith(root) ? id.slice(root.length) : ''
      return subjects.some((subject) => file.startsWith(subject)) && !/\.(test|testkit)\.ts$/.test(file) ? file : undefined
    }, new Map()),
    process.env.NOTES !== undefined && {
      name: 'notes',
      enforce: 'pre',
      transform: (code: string) => (code.includes('globalThis.__mutant') ? noted(code) : undefined),
    },
  ],
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'contracts/src/**/*.test.ts'],
    exclude: ['**/dist/**', '**/node_modules/**'],
    setupFiles: ['scripts/mutate/setup.ts'],
    testTimeout: TIMEOUT,
    hookTimeout: TIMEOUT,
    // Threads begin in half the time of processes.
    pool: 'threads',
    // What a module does when it is loaded is noted for every file.
    isolate: process.env.NOTES !== undefined,
    sequence: { sequencer: AsAsked },
  },
})
