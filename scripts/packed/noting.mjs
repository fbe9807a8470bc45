import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const NOTES = 'sources.json'

/** Notes beside packed programs which sources of the repository at `root` each is made of, and what was in them. */
export const noting = (root) => ({
  name: 'noting',
  generateBundle(_, bundle) {
    const entries = Object.values(bundle).filter(({ isEntry }) => isEntry)
    const notes = entries.map(({ name, facadeModuleId }) => {
      const files = sourcesBelow(root, facadeModuleId, (id) => this.getModuleInfo(id))
      return [name, { files, digest: digestOf(root, files) }]
    })
    this.emitFile({ type: 'asset', fileName: NOTES, source: JSON.stringify(Object.fromEntries(notes)) })
  },
})

/** Whether a program in the folder is there, and made of what its sources are now. */
export function isFresh(root, folder, program) {
  const notes = join(folder, NOTES)
  if (!existsSync(notes) || !existsSync(join(folder, `${program}.js`))) return false
  const note = JSON.parse(readFileSync(notes, 'utf8'))[program]
  return note !== undefined && note.digest === digestOf(root, note.files)
}

/** All that a module comes by, itself included; what is installed is no source. */
function sourcesBelow(root, entry, infoOf) {
  const found = new Set([entry])
  for (const id of found) {
    const { importedIds = [], dynamicallyImportedIds = [] } = infoOf(id) ?? {}
    for (const next of [...importedIds, ...dynamicallyImportedIds]) found.add(next)
  }
  return [...found]
    .map((id) => relative(root, id).replaceAll('\\', '/'))
    .filter((file) => !/^\.\.|node_modules\//.test(file) && existsSync(join(root, file)))
    .sort()
}

function digestOf(root, files) {
  const digest = (bytes) => createHash('sha256').update(bytes).digest('hex')
  return digest(files.map((file) => `${file} ${existsSync(join(root, file)) && digest(readFileSync(join(root, file)))}\n`).join(''))
}
