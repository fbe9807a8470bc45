import { defaultServerConditions, defineConfig } from 'vite'

/**
 * Packs `og verify` with all that it needs into a few files: a checker starts often, and reading 250 modules takes longer than checking. The
 * other commands stay outside: they are run from `dist/main.js` (bin/og.js decides).
 */
export default defineConfig({
  resolve: { conditions: ['source', ...defaultServerConditions] },
  ssr: { noExternal: true, resolve: { conditions: ['source', ...defaultServerConditions] } },
  build: {
    ssr: 'src/main.ts',
    outDir: 'dist/packed',
    target: 'node20',
    rolldownOptions: {
      external: (id, importer) => Boolean(importer?.endsWith('/commands/table.ts')) && id.startsWith('./') && id !== './verify.ts',
      output: { entryFileNames: 'main.js', chunkFileNames: '[name].js' },
    },
  },
})
