import { defaultClientConditions, defineConfig, type Plugin } from 'vite'

/** One classic script and one style sheet beside the page: it can be served by anything, and opened from a disk. */
const classicScript: Plugin = {
  name: 'classic-script',
  transformIndexHtml: {
    order: 'post',
    handler: (html) => html.replace('<script type="module" crossorigin', '<script defer'),
  },
}

export default defineConfig({
  base: './',
  resolve: { conditions: ['source', ...defaultClientConditions] },
  plugins: [classicScript],
  build: {
    target: 'es2022',
    modulePreload: false,
    assetsInlineLimit: 0,
    rolldownOptions: { output: { format: 'iife', entryFileNames: 'verify.js', assetFileNames: 'verify[extname]' } },
  },
})
