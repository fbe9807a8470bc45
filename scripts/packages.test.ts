import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { SAMPLES } from '../packages/cli/src/network/services/samples.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
type Manifest = { name: string; private?: boolean; exports: unknown; bin?: unknown }

/** Whoever gets a package gets the licence (Apache-2.0, section 4a). */
const LICENCE = readFileSync(join(ROOT, 'LICENSE'), 'utf8')

/** What is published: all that is not private. */
const PUBLIC = ['contracts', ...readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}`)]
  .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest }))
  .filter(({ manifest }) => manifest.private !== true)

const PACKED = packed()

it('packages hold what they name and where it came from, and nothing that only tests and builds read', () => {
  for (const { folder, manifest, files } of PACKED) {
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

it('og comes with its page and its sample models, and with nothing that makes evidence of machines that are none', () => {
  const og = PACKED.find(({ folder }) => folder === 'packages/cli')!
  expect([...og.files]).toEqual(expect.arrayContaining(['dist/page/index.html', 'dist/page/verify.js', 'bin/flat.js']))
  for (const name of SAMPLES)
    for (const file of ['model.onnx', 'model.json', 'card.md', 'example.json'])
      expect(og.files).toContain(`dist/packed/models/${name}/${file}`)
  const made = PACKED.flatMap(({ folder, files }) => [...files].map((file) => join(folder, file)).filter((file) => /\.m?js$/.test(file)))
  expect(made.length).toBeGreaterThan(500)
  // A packed program names above each module where it came from.
  expect(made.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('attestation-dev/src/'))).toEqual([])
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
