import { join, relative } from 'node:path'
import { codeOf, sources } from './files.mjs'

/** Kernels that become WebAssembly: what they export is called by name from there. */
const CALLED_FROM_OUTSIDE = /^packages\/(zkml|chain)\/assembly\//

/**
 * Problems, one line each: values (constants, functions, classes) that are exported and that no other file names. What is only used in its
 * own file is not exported, and what is not used at all is not there.
 */
export function checkExports(root) {
  const texts = new Map(
    ['packages', 'contracts', 'bench', 'scripts'].flatMap((part) => [...sources(join(root, part))].map((file) => [file, codeOf(file)])),
  )
  const namedIn = new Map()
  for (const [file, text] of texts)
    for (const word of new Set(text.match(/[\w$]+/g))) namedIn.set(word, [...(namedIn.get(word) ?? []), file])
  const problems = []
  for (const [file, text] of texts) {
    const path = relative(root, file).replaceAll('\\', '/')
    if (CALLED_FROM_OUTSIDE.test(path)) continue
    for (const [, name] of text.matchAll(/^export (?:async )?(?:const|function\*?|class) ([\w$]+)/gm))
      if (namedIn.get(name).length === 1) problems.push(`${path}: exports ${name}, which no other file names`)
  }
  return problems
}
