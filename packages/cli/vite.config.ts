import { resolve } from 'node:path'
import { defineConfig } from 'vite'
import { packing } from '../../scripts/pack.mjs'
import { STARTED } from '../../scripts/packed/starting.mjs'

/** Packs `og`, and the services and threads that it starts: commands start three times as fast. */
export default defineConfig(
  packing({
    programs: { main: resolve(import.meta.dirname, 'src/main.ts') },
    started: STARTED,
    // The command of those who re-check an answer, and what every command begins with.
    together: { core: 'cli/src/main.ts', verifying: 'cli/src/commands/verify.ts' },
    out: resolve(import.meta.dirname, 'dist/packed'),
    // Development attesters are not published: they are packed beside, on their own.
    outside: { '@opengradient/attestation-dev': '@opengradient/attestation-dev/packed' },
  }),
)
