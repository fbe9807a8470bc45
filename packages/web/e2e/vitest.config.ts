import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Tests in real Chromium, run by `npm run test:chromium`; they need `chromium` (Debian's, or the one that CHROMIUM names). */
export default defineConfig({
  root: fileURLToPath(new URL('../../../', import.meta.url)),
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
  test: { include: ['packages/web/e2e/**/*.e2e.ts'], testTimeout: 120_000, hookTimeout: 180_000, fileParallelism: false },
})
