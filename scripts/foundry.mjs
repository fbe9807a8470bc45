#!/usr/bin/env node
// Installs the Foundry programs that tests and benchmarks compare with (anvil, cast, forge) from npm into .build/foundry/VERSION, and
// prints their paths. Does nothing if they are there. They are not dependencies, because nobody needs 180 MB of them to run a node.
//   node scripts/foundry.mjs
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOUNDRY_VERSION = '1.7.1'
const PROGRAMS = ['anvil', 'cast', 'forge']
const PLATFORM = `${process.platform}-${{ x64: 'amd64' }[process.arch] ?? process.arch}`
const place = join(dirname(dirname(fileURLToPath(import.meta.url))), '.build', 'foundry')

/** Where a program is, or will be: `anvil`, `cast` or `forge`. */
function foundryPath(program) {
  const file = process.platform === 'win32' ? `${program}.exe` : program
  return join(place, FOUNDRY_VERSION, 'node_modules', '@foundry-rs', `${program}-${PLATFORM}`, 'bin', file)
}

/** The path of a program; all of them are installed first if they are not there. Throws an error that names the remedy. */
export function installFoundry(program) {
  const path = foundryPath(program)
  if (existsSync(path)) return path
  mkdirSync(place, { recursive: true })
  // Installed beside its place and then moved there, so that an installation that was broken off leaves nothing that looks finished.
  const folder = mkdtempSync(join(place, 'install-'))
  try {
    writeFileSync(join(folder, 'package.json'), '{}')
    const packages = PROGRAMS.map((name) => `@foundry-rs/${name}-${PLATFORM}@${FOUNDRY_VERSION}`)
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
    const { status } = spawnSync(npm, ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...packages], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    if (status !== 0) throw new Error('npm could not install the Foundry programs; its message is above. It needs a package registry.')
    renameSync(folder, join(place, FOUNDRY_VERSION))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return path
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    for (const program of PROGRAMS) console.log(installFoundry(program))
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
