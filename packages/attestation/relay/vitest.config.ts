import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** The relay of `deploy/nitro`, compiled here. `npm run test:relay -w packages/attestation` */
export default defineConfig({
  root: fileURLToPath(new URL('../../../', import.meta.url)),
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
  test: { include: ['packages/attestation/relay/**/*.e2e.ts'], testTimeout: 120_000, hookTimeout: 120_000, pool: 'forks', retry: 0 },
})
