import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { OgError } from '@opengradient/protocol'

/** In a clone of the repository: what builds the CometBFT that this software pins. */
const SCRIPT = fileURLToPath(new URL('../../../../scripts/cometbft.mjs', import.meta.url))

/** The CometBFT that a clone builds, as Go names it: what is installed comes without what builds it. */
export const SOURCE = 'github.com/cometbft/cometbft/cmd/cometbft@v0.39.3'

interface Pinned {
  COMETBFT_VERSION: string
  cometbftPath: () => string
}

/**
 * The CometBFT to run: `--cometbft FILE`, or the pinned one, which is built with Go on first use (`building` is called then; minutes).
 * Throws `USAGE` for a file that is none, `CONFIG_MISSING` with the remedy when there is no Go.
 */
export async function findCometbft(
  given: string | undefined,
  cwd: string,
  building: (version: string) => void,
  script: string = SCRIPT,
): Promise<string> {
  if (given !== undefined) return checked(resolve(cwd, given))
  if (!existsSync(script)) throw missing(`Have Go build it: \`go install ${SOURCE}\`, and name it with --cometbft.`)
  const pinned = (await import(pathToFileURL(script).href)) as Pinned
  if (existsSync(pinned.cometbftPath())) return pinned.cometbftPath()
  building(pinned.COMETBFT_VERSION)
  return build(script)
}

function build(script: string): Promise<string> {
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [path, said] = ['', '']
  child.stdout.on('data', (data: Buffer) => {
    path += data.toString()
  })
  child.stderr.on('data', (data: Buffer) => {
    said = (said + data.toString()).slice(-2_000)
  })
  return new Promise((done, reject) => {
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? done(path.trim()) : reject(missing(said.trim().split('\n').slice(-3).join(' ')))))
  })
}

function checked(file: string): string {
  const { status, stdout } = spawnSync(file, ['version'], { encoding: 'utf8', timeout: 10_000 })
  if (status === 0 && /^v?\d+\.\d+/.test(stdout.trim())) return file
  throw new OgError('USAGE', `--cometbft ${file}: this is no CometBFT that runs here (\`${file} version\` should print its version)`)
}

/** `why` is a sentence, with its own remedy if it has one. */
const missing = (why: string) =>
  new OgError('CONFIG_MISSING', `there is no CometBFT yet. ${why} Or give a CometBFT 0.39 with --cometbft FILE`)
