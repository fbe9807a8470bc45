import { defineConfig } from 'vitest/config'
import { mutations } from './instrument.mjs'

const root = new URL('../../', import.meta.url).pathname
const subjects = (process.env.MUTATED ?? '').split(',')

/** The unit tests with one mutant (`MUTANT`) alive in the sources under `MUTATED`; `npm run mutate` runs it. */
export default defineConfig({
  plugins: [
    mutations((id: string) => {
      const file = id.startsWith(root) ? id.slice(root.length) : ''
      return subjects.some((subject) => file.startsWith(subject)) && !/\.(test|testkit)\.ts$/.test(file) ? file : undefined
    }, new Map()),
  ],
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'contracts/src/**/*.test.ts'],
    exclude: ['**/dist/**', '**/node_modules/**'],
    setupFiles: ['scripts/mutate/setup.ts'],
    testTimeout: 30_000,
  },
})
