#!/usr/bin/env node
// Builds the CometBFT that this node pins, with Go, into .build/cometbft/VERSION/cometbft, and prints its path. Does nothing if it is there.
//   node scripts/cometbft.mjs
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const COMETBFT_VERSION = 'v0.39.3'

/** From 1.21 on, Go fetches by itself the newer toolchain that CometBFT asks for. */
const OLDEST_GO = [1, 21]
const REMEDY = `Install Go ${OLDEST_GO.join('.')} or newer from https://go.dev/dl and run the command again.`

/** Where the binary is, or will be. */
export const cometbftPath = (version = COMETBFT_VERSION) =>
  join(dirname(dirname(fileURLToPath(import.meta.url))), '.build', 'cometbft', version, 'cometbft')

/** The path of the binary, which is built first if it is not there. Throws an error that names the remedy. */
export function buildCometbft(version = COMETBFT_VERSION) {
  const binary = cometbftPath(version)
  if (existsSync(binary)) return binary
  requireGo()
  // Built beside its place and then moved there, so that a build that was broken off leaves nothing that looks finished.
  mkdirSync(dirname(binary), { recursive: true })
  const folder = mkdtempSync(join(dirname(binary), 'build-'))
  try {
    const env = { ...process.env, CGO_ENABLED: '0', GOBIN: folder, GOFLAGS: '' }
    const target = `github.com/cometbft/cometbft/cmd/cometbft@${version}`
    const { status } = spawnSync('go', ['install', '-trimpath', target], { cwd: folder, env, stdio: ['ignore', 'inherit', 'inherit'] })
    if (status !== 0) throw new Error(`Go could not build CometBFT ${version}; its message is above. It needs a module proxy (GOPROXY).`)
    renameSync(join(folder, 'cometbft'), binary)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return binary
}

function requireGo() {
  const { status, stdout } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`CometBFT is built with Go, which is not installed here. ${REMEDY}`)
  const [major, minor] = stdout.trim().replace(/^go/, '').split('.').map(Number)
  if (major > OLDEST_GO[0] || (major === OLDEST_GO[0] && minor >= OLDEST_GO[1])) return
  throw new Error(`CometBFT is built with Go, and ${stdout.trim()} is too old. ${REMEDY}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(buildCometbft())
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
