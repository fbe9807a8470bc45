import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'

/** Kilobytes, gzipped, of what a browser may load to verify evidence: signatures in plain JavaScript, loaded only where they are needed, too. */
export async function bundleSize(root: string): Promise<number> {
  const built = (await build({
    root,
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['source'] },
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: { input: join(root, 'bench/attestation/browser.ts'), preserveEntrySignatures: 'strict' },
    },
  })) as Rolldown.RolldownOutput
  return built.output.reduce((sum, file) => sum + gzipSync(file.type === 'chunk' ? file.code : file.source).length, 0) / 1_000
}
