import { resolve } from 'node:path'
import { defineConfig } from 'vite'
import { packing } from '../../scripts/pack.mjs'

/** Packs `og`, and the services and threads that it starts: commands start three times as fast. */
export default defineConfig(
  packing({
    programs: { main: resolve(import.meta.dirname, 'src/main.ts') },
    started: {
      'cli/src/network/child.ts': 'service.ts',
      'cli/src/zk/thread.ts': 'worker.ts',
      'inference/src/engine/child.ts': 'child/main.mjs',
      'zkml/src/node/threads.ts': 'worker.ts',
      'chain/src/executor/thread/thread.ts': 'main.ts',
      'chain/src/rpc/thread/thread.ts': 'main.ts',
    },
    // The command of those who re-check an answer, and what every command begins with.
    together: { core: 'cli/src/main.ts', verifying: 'cli/src/commands/verify.ts' },
    out: resolve(import.meta.dirname, 'dist/packed'),
    // Development attesters are not published: they are packed beside, on their own.
    outside: { '@opengradient/attestation-dev': '@opengradient/attestation-dev/packed' },
  }),
)
