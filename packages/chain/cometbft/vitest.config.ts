import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Tests against the real CometBFT, which `node scripts/cometbft.mjs` builds. `npx vitest run --config packages/chain/cometbft/vitest.config.ts` */
export default defineConfig({
  root: fileURLToPath(new URL('../../../', import.meta.url)),
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
  // Networks mostly wait: two at a time, whatever the machine has.
  test: { include: ['packages/chain/cometbft/**/*.e2e.ts'], testTimeout: 300_000, hookTimeout: 600_000, maxWorkers: 2 },
})
