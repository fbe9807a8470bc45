import { runnerImport } from 'vite'

/** Loads a TypeScript module of the repository from its source, as the tests do. */
export async function load(file) {
  const { module } = await runnerImport(file, {
    logLevel: 'error',
    resolve: { conditions: ['source'] },
    ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
  })
  return module
}
