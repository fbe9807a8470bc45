import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineConfig, type Plugin } from 'vite'
import { packing } from '../../scripts/pack.mjs'
import { STARTED } from '../../scripts/packed/starting.mjs'
import { SAMPLES } from './src/network/services/samples.ts'

/** What `og up` publishes comes with it; the golden outputs beside it are for tests. */
const samples: Plugin = {
  name: 'samples',
  generateBundle() {
    for (const name of SAMPLES)
      for (const file of ['model.onnx', 'model.json', 'card.md', 'example.json'])
        this.emitFile({
          type: 'asset',
          fileName: `models/${name}/${file}`,
          source: readFileSync(resolve(import.meta.dirname, '../../models', name, file)),
        })
  },
}

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
    plugins: [samples],
  }),
)
