import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Tests against Debian's swtpm, a whole TPM in software. `npm run test:swtpm -w packages/attestation` */
export default defineConfig({
  root: fileURLToPath(new URL('../../../', import.meta.url)),
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
  test: { include: ['packages/attestation/swtpm/**/*.e2e.ts'], testTimeout: 120_000, hookTimeout: 120_000, pool: 'forks', retry: 0 },
})
