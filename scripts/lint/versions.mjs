import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Every dependency is pinned to one exact version, the same one everywhere. */
export function checkVersions(root) {
  const folders = ['.', 'contracts', ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)]
  const seen = new Map()
  const problems = []
  for (const folder of folders) {
    const file = join(root, folder, 'package.json')
    if (!existsSync(file)) continue
    const manifest = JSON.parse(readFileSync(file, 'utf8'))
    const asked = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }
    for (const [name, version] of Object.entries(asked)) {
      if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) problems.push(`${folder}/package.json: ${name} "${version}" is not an exact version`)
      const other = seen.get(name)
      if (other && other.version !== version)
        problems.push(`${folder}/package.json: ${name} ${version}, but ${other.folder} has ${other.version}`)
      seen.set(name, { folder, version })
    }
  }
  return problems
}
