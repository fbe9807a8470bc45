import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
type Manifest = { name: string; private?: boolean; exports: unknown; bin?: unknown }

/** Whoever gets a package gets the licence (Apache-2.0, section 4a). */
const LICENCE = readFileSync(join(ROOT, 'LICENSE'), 'utf8')

/** What is published: all that is not private. */
const PUBLIC = ['contracts', ...readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}`)]
  .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest }))
  .filter(({ manifest }) => manifest.private !== true)

it('packages hold what they name and where it came from, and nothing that only tests and builds read', { timeout: 600_000 }, () => {
  for (const { folder, manifest, files } of packed()) {
    const inside = (path: string): boolean => files.has(posix.normalize(path))
    expect(
      [...files].filter((path) => /\.(test|testkit)\.|\/testdata\/|\.golden\.|tsbuildinfo/.test(path)),
      folder,
    ).toEqual([])
    expect(inside('LICENSE') && readFileSync(join(ROOT, folder, 'LICENSE'), 'utf8'), folder).toBe(LICENCE)
    const named = [...stringsIn(manifest.exports), ...stringsIn(manifest.bin)]
    expect(
      named.filter((path) => !inside(path)),
      `${folder} names what it does not hold`,
    ).toEqual([])
    const maps = [...files].filter((path) => path.endsWith('.js.map'))
    expect(maps.length, folder).toBeGreaterThan(0)
    const lost = maps.filter((map) => {
      const { sources } = JSON.parse(readFileSync(join(ROOT, folder, map), 'utf8')) as { sources: string[] }
      return !sources.every((source) => inside(posix.join(posix.dirname(map), source)))
    })
    expect(lost, `${folder}: sources of these are not there`).toEqual([])
  }
})

/** What npm would publish of each package. */
function packed(): { folder: string; manifest: Manifest; files: Set<string> }[] {
  const workspaces = PUBLIC.flatMap(({ folder }) => ['--workspace', folder])
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', ...workspaces], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`npm pack ended with ${status}:\n${stderr}`)
  // A list up to npm 11, then an object.
  const listed = Object.values(JSON.parse(stdout) as Record<string, { name: string; files: { path: string }[] }>)
  return PUBLIC.map(({ folder, manifest }) => ({
    folder,
    manifest,
    files: new Set(listed.find(({ name }) => name === manifest.name)?.files.map(({ path }) => path)),
  }))
}

/** Every path in `exports` or `bin`. */
function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : []
}
