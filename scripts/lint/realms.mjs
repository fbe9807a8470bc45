import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { codeOf, sources } from './files.mjs'

/** What an application runs in pages, frames and tests of its own, where values of several realms meet. */
const ANYWHERE = ['protocol', 'attestation', 'zkml', 'verifier', 'client', 'sdk', 'web']
/** These ask with what is left, and what runs on servers alone meets one realm. */
const MAY = /^packages\/(protocol\/src\/(realm|node)\/|attestation\/src\/attest\/)|\.(test|testkit)\.ts$/
const OF_A_REALM =
  /\binstanceof\s+(ArrayBuffer|SharedArrayBuffer|DataView|Buffer|Array|Object|Promise|Date|RegExp|(?:Big)?(?:Int|Uint|Float)\d+(?:Clamped)?Array|\w*Error(?<!OgError|BaseError|RequestError|TimeoutError)|DOMException)\b|\bz\.instanceof\(/g

/** Problems, one line each: classes of this realm that are asked of a value which another may have made. */
export function checkRealms(root) {
  const folders = readdirSync(join(root, 'packages')).filter((name) => ANYWHERE.includes(name))
  return folders.flatMap((name) =>
    [...sources(join(root, 'packages', name, 'src'))]
      .map((file) => ({ file, path: relative(root, file).replaceAll('\\', '/') }))
      .filter(({ path }) => !MAY.test(path))
      .flatMap(({ file, path }) =>
        [...codeOf(file).matchAll(OF_A_REALM)].map(
          ([found]) => `${path}: ${found} is false for what another realm made; protocol's realm.ts has isBytes, isArrayOf, isError`,
        ),
      ),
  )
}
