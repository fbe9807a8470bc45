import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Tests with the real cast and forge, which `node scripts/foundry.mjs` installs. `npx vitest run --config packages/chain/foundry/vitest.config.ts` */
export default defineConfig({
  root: fileURLToPath(new URL('../../../', import.meta.url)),
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
  test: { include: ['packages/chain/foundry/**/*.e2e.ts'], testTimeout: 120_000, hookTimeout: 600_000, fileParallelism: false },
})
