import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LongFirst } from './scripts/order/longFirst.ts'
import { startsPacked } from './scripts/packed/tests.mjs'

/**
 * Packages without I/O: their test files may share a process, which saves loading the same modules for each of them. None of those below is in it:
 * nodes give it the hashes and signatures of Node for good, and these are also tested with what a browser has.
 */
const PURE = '{contracts/src,packages/{protocol,attestation,verifier,zkml}/{src,test}}/**/*.test.ts'

/** Tests of the packages that do I/O: they close what they open, and leave nothing behind in their process either; processes that they kill are their own. */
const UNITS =
  'packages/{{attestation-dev,chain,cli,client,inference,sdk,store,web}/src,{chain,client,inference,sdk,store}/test}/**/*.test.ts'

/** What runs often is optimised after four times as many runs as elsewhere: most of a test is over before it pays. Other V8s than Node 20's have no such option. */
const OPTIMISED_LATER = process.versions.v8.startsWith('11.') ? ['--interrupt-budget=270336'] : []

const resolve = { conditions: ['source'] }
const ssr = { resolve: { conditions: ['source'], externalConditions: ['source'] } }

/** Tests run on sources (export condition `source`), so that only what is generated (contracts, kernels), and packed for threads and processes, has to come before them. */
export default defineConfig({
  plugins: [startsPacked],
  resolve,
  ssr,
  test: {
    exclude: ['**/dist/**', '**/node_modules/**'],
    // They end what hangs, and measure nothing: whoever waits for an event waits as long as a machine with no time needs for it.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 120_000 } },
    pool: 'forks',
    // As many processes as there are cores collect garbage: threads that help each of them only wait for one another, and new objects that have
    // room are moved less often. Tests of nodes take a fifth less of the processors.
    execArgv: ['--single-threaded-gc', '--min-semi-space-size=32', '--max-semi-space-size=32', ...OPTIMISED_LATER],
    // Many tests wait for a block or for a process; one more than there are cores keeps the cores busy.
    maxWorkers: availableParallelism() + 1,
    retry: 0,
    // Two times 20,000 bytes that have nothing in common are compared for a quarter of a minute otherwise, and megabytes for hours.
    diff: { truncateThreshold: 2_000 },
    sequence: { sequencer: LongFirst },
    setupFiles: ['expect/bytes.ts', 'properties/brief.ts', 'threads/room.ts'].map((file) =>
      fileURLToPath(new URL(`scripts/${file}`, import.meta.url)),
    ),
    projects: [
      { extends: true, test: { name: 'pure', include: [PURE], isolate: false } },
      { extends: true, test: { name: 'units', include: [UNITS], isolate: false } },
      {
        extends: true,
        test: {
          name: 'apart',
          include: ['packages/*/{src,test}/**/*.test.ts', '{bench,scripts}/**/*.test.ts'],
          exclude: [PURE, UNITS, '**/dist/**', '**/node_modules/**'],
        },
      },
    ],
  },
})
