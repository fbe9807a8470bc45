import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { normalizePath } from 'vite'
import { isFresh } from './noting.mjs'
import { nameOf, STARTED, scriptOf, startingAt } from './starting.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PACKED = join(ROOT, 'packages/cli/dist/packed')
const STALE = new URL('./stale.mjs', import.meta.url)

/**
 * Tests run from sources, but what these start as a thread or a process has to be compiled: it starts from packed files, as it does for users,
 * in a third of the time that it takes from `dist`. What is not packed from the sources as they are ends at once, and says so.
 */
export const startsPacked = {
  name: 'starts-packed',
  transform: {
    filter: { code: 'import.meta.url' },
    handler(code, id) {
      const starter = normalizePath(relative(join(ROOT, 'packages'), id))
      if (!Object.hasOwn(STARTED, starter)) return undefined
      const program = nameOf(scriptOf(starter))
      const url = isFresh(ROOT, PACKED, program) ? pathToFileURL(join(PACKED, `${program}.js`)) : STALE
      return startingAt(code, STARTED[starter], url.href)
    },
  },
}
