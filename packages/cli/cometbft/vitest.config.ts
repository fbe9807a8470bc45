import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** The commands of operators against the real CometBFT, which `node scripts/cometbft.mjs` builds. `npx vitest run --config packages/cli/cometbft/vitest.config.ts` */
export default defineConfig({
  root: fileURLToPath(new URL('../../../', import.meta.url)),
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
  test: { include: ['packages/cli/cometbft/**/*.e2e.ts'], testTimeout: 300_000, hookTimeout: 600_000, fileParallelism: false },
})
