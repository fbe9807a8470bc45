import { resolve } from 'node:path'
import { defaultClientConditions, defineConfig, type Plugin } from 'vite'

/** One classic script and one style sheet beside the page: it can be served by anything, and opened from a disk. */
const classicScript: Plugin = {
  name: 'classic-script',
  transformIndexHtml: {
    order: 'post',
    handler: (html) => html.replace('<script type="module" crossorigin', '<script defer'),
  },
}

/** The script is one function with a name, whose source it can give to a worker: from a disk no page may start one from a file. */
const oneFunction: Plugin = {
  name: 'one-function',
  generateBundle(_options, files) {
    for (const file of Object.values(files)) if (file.type === 'chunk') file.code = `(function wholeScript(){${file.code}\n})()`
  },
}

/** Built where `og` serves it from: the page comes with the package that shows it. */
const PAGE = resolve(import.meta.dirname, '../cli/dist/page')

export default defineConfig({
  base: './',
  resolve: { conditions: ['source', ...defaultClientConditions] },
  plugins: [classicScript, oneFunction],
  build: {
    outDir: PAGE,
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    assetsInlineLimit: 0,
    rolldownOptions: { output: { format: 'iife', entryFileNames: 'verify.js', assetFileNames: 'verify[extname]' } },
  },
})
