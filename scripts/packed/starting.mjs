import { posix } from 'node:path'

/** Modules of `og` that start a process or a thread, each with the script beside it that it starts; paths from `packages`. */
export const STARTED = {
  'cli/src/network/child.ts': 'service.ts',
  'cli/src/zk/thread.ts': 'worker.ts',
  'inference/src/engine/child.ts': 'child/main.mjs',
  'zkml/src/node/threads.ts': 'worker.ts',
  'chain/src/executor/thread/thread.ts': 'main.ts',
  'chain/src/rpc/thread/thread.ts': 'main.ts',
}

/** The script that a module starts. */
export const scriptOf = (starter, started = STARTED) => posix.join(posix.dirname(starter), started[starter])

/** What a script is called once it is packed. */
export const nameOf = (script) =>
  script
    .replace('/src/', '/')
    .replaceAll('/', '-')
    .replace(/\.m?[tj]s$/, '')

/** The code of a module that starts `script`, which it names by its place or by what its package exports, so that it starts what is at `url`. */
export function startingAt(code, script, url) {
  return code
    .replace(/import\.meta\.url\.endsWith\((['"])\.ts\1\) \? (['"])[^'"]+\2 : /, '')
    .replace(`./${script.replace(/\.ts$/, '.js')}`, url)
    .replace(/createRequire\(import\.meta\.url\)\.resolve\([^)]*\)/, `new URL('${url}', import.meta.url)`)
}
