import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../../../', import.meta.url)

/** The clone of the repository that this is run from; undefined if it is installed. */
export const clone = existsSync(new URL('scripts/og.mjs', root)) ? fileURLToPath(root) : undefined

/** The exit code where a disk is full (src/exit.ts). */
const LOCAL_FAULT = 5

/** Runs `og` with the arguments of this process; `program` is the module of its `main`. */
export async function run(program) {
  let isLost = false
  process.stdout.on('error', ({ code, message }) => {
    // The reader of a pipe left (og … | head): nobody is there to be told. What the exit code says is still for somebody.
    if (isLost || code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') return
    isLost = true
    process.exitCode ||= LOCAL_FAULT
    const kind = code === 'ENOSPC' || code === 'EDQUOT' ? 'DISK_FULL' : 'INTERNAL'
    process.stderr.write(`✗ ${kind}: what was to be printed is lost: ${message}. What the command did is done: see \`og receipts\`\n`)
  })
  process.stderr.on('error', () => undefined)
  // Commands that have something to finish listen themselves; the others end here, with the code that scripts look for.
  process.on('SIGINT', () => {
    if (process.listenerCount('SIGINT') === 1) process.exit(130)
  })
  const { main } = await import(program)
  // Run from a clone, the default home is the clone's own `.og`; installed, it is `~/.opengradient`.
  const code = await main(process.argv.slice(2), { defaultHome: clone && fileURLToPath(new URL('.og', root)) })
  process.exitCode = code || (isLost ? LOCAL_FAULT : 0)
}
