#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// Run from a clone of the repository, the default home is the clone's own `.og`; installed, it is `~/.opengradient`.
const clone = new URL('../../../', import.meta.url)
const defaultHome = existsSync(new URL('scripts/og.mjs', clone)) ? fileURLToPath(new URL('.og', clone)) : undefined
// The reader of a pipe left (og … | head): nobody is there to be told.
process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
// Commands that have something to finish listen themselves; the others end here, with the code that scripts look for.
process.on('SIGINT', () => {
  if (process.listenerCount('SIGINT') === 1) process.exit(130)
})
// `og verify` starts from a file in which everything that it needs is packed. In a clone only the launcher knows that it is not older than the sources.
const packed = new URL('../dist/packed/main.js', import.meta.url)
const isFresh = defaultHome === undefined || import.meta.url.endsWith('?launched')
const { main } = await import(process.argv[2] === 'verify' && isFresh && existsSync(packed) ? packed.href : '../dist/main.js')
process.exitCode = await main(process.argv.slice(2), { defaultHome })
