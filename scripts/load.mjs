import { createServer } from 'vite'

/** Loads a TypeScript module of the repository from its source, as the tests do: no build is needed, or looked at. */
export async function load(file, { plugins = [] } = {}) {
  const server = await createServer({
    configFile: false,
    logLevel: 'error',
    appType: 'custom',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    resolve: { conditions: ['source'] },
    ssr: { noExternal: [/^@opengradient\//], resolve: { conditions: ['source'] } },
    plugins,
  })
  // Not closed: the module may import more when it runs. It watches nothing and does not keep the process alive.
  return server.ssrLoadModule(file)
}
