import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../../../', import.meta.url)

/** The clone of the repository that this is run from; undefined if it is installed. */
export const clone = existsSync(new URL('scripts/og.mjs', root)) ? fileURLToPath(root) : undefined

/** Runs `og` with the arguments of this process; `program` is the module of its `main`. */
export async function run(program) {
  // The reader of a pipe left (og … | head): nobody is there to be told. What the exit code says is still for somebody.
  process.stdout.on('error', (error) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error
  })
  // Commands that have something to finish listen themselves; the others end here, with the code that scripts look for.
  process.on('SIGINT', () => {
    if (process.listenerCount('SIGINT') === 1) process.exit(130)
  })
  const { main } = await import(program)
  // Run from a clone, the default home is the clone's own `.og`; installed, it is `~/.opengradient`.
  process.exitCode = await main(process.argv.slice(2), { defaultHome: clone && fileURLToPath(new URL('.og', root)) })
}
