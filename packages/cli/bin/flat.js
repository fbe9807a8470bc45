import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** What packed files leave outside, each with a module of the package that asks for it. */
const OUTSIDE = [
  ['classic-level', '@opengradient/chain/rpc-thread'],
  ['ws', '@opengradient/chain/rpc-thread'],
  ['onnxruntime-node', '@opengradient/inference'],
  ['onnxruntime-web', '@opengradient/inference'],
]

/**
 * Whether all packages lie beside one another, as npm puts them: packed files are in one package and find only then what others ask for.
 * Elsewhere (pnpm, or two versions of the same package) each module has to look for itself.
 *
 * @param {string} from a module of the package that holds the packed files
 */
export function liesFlat(from = import.meta.url) {
  const beside = fileURLToPath(new URL('../../', from))
  const here = createRequire(from)
  try {
    return OUTSIDE.every(([part, owner]) => {
      const asking = here.resolve(owner)
      return asking.startsWith(beside) && here.resolve(part) === createRequire(asking).resolve(part)
    })
  } catch {
    return false
  }
}
