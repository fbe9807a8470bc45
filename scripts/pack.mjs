import { readdirSync, rmSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultServerConditions, normalizePath } from 'vite'
import { noting } from './packed/noting.mjs'
import { nameOf, scriptOf, startingAt } from './packed/starting.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PACKAGES = resolve(ROOT, 'packages')
/** What has native parts, or finds its own parts by name. */
const OUTSIDE = ['classic-level', 'onnxruntime-node', 'onnxruntime-web', 'ws']

/** Days for which what runs finds the parts that it was packed with, though it has been packed anew. */
const KEPT_DAYS = 3

/** Removes what is not of this pack, and older than that. */
const withoutOld = (out) => ({
  name: 'without-old',
  writeBundle(_, bundle) {
    const since = Date.now() - KEPT_DAYS * 86_400_000
    const old = (name) => bundle[name] === undefined && statSync(join(out, name)).mtimeMs < since
    for (const name of readdirSync(out)) if (old(name)) rmSync(join(out, name), { recursive: true })
  },
})

/** Configures vite to pack programs of this repository for Node, from sources, with nearly all that they need: reading a thousand modules takes long. */
export function packing({ programs, out, started = {}, together = {}, outside = {}, plugins = [] }) {
  const scripts = Object.keys(started)
    .map((starter) => scriptOf(starter, started))
    .map((script) => [nameOf(script), resolve(PACKAGES, script)])

  /** A module that looks for a file around itself finds what it would find from the `dist` of its package; one that starts a script finds the packed one. */
  function keepPlace(code, id) {
    const path = normalizePath(relative(PACKAGES, id))
    if (path.startsWith('..') || path.includes('node_modules/')) return undefined
    if (started[path] !== undefined) return startingAt(code, started[path], `./${nameOf(scriptOf(path, started))}.js`)
    const place = relative(out, resolve(PACKAGES, path.replace('/src/', '/dist/').replace(/\.ts$/, '.js')))
    return code.replaceAll('import.meta.url', `new URL(${JSON.stringify(normalizePath(place))}, import.meta.url).href`)
  }

  const isSource = (id, path) => normalizePath(relative(PACKAGES, id)) === path
  const conditions = ['source', ...defaultServerConditions]
  return {
    logLevel: 'error',
    resolve: { conditions },
    ssr: { noExternal: true, external: [...OUTSIDE, ...Object.keys(outside)], resolve: { conditions } },
    plugins: [
      { name: 'own-place', transform: { filter: { code: 'import.meta.url' }, handler: keepPlace } },
      noting(ROOT),
      withoutOld(out),
      ...plugins,
    ],
    build: {
      ssr: true,
      outDir: out,
      emptyOutDir: false,
      target: 'node20',
      rolldownOptions: {
        // Vite alone would hold what is a workspace here, whatever `ssr.external` says.
        external: Object.keys(outside),
        input: { ...programs, ...Object.fromEntries(scripts) },
        output: {
          entryFileNames: '[name].js',
          // What runs while its programs are packed anew loads parts later, and finds its own: others have other exports under the same short names.
          chunkFileNames: '[name]-[hash].js',
          paths: outside,
          codeSplitting: {
            groups: Object.entries(together).map(([name, path], i, { length }) => ({
              name,
              test: (id) => isSource(id, path),
              priority: length - i,
            })),
          },
        },
      },
    },
  }
}
