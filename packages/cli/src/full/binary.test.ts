import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findCometbft } from './binary.ts'

const folder = mkdtempSync(join(tmpdir(), 'og binary '))
afterAll(() => rmSync(folder, { recursive: true }))
const never = () => {
  throw new Error('nothing is to be built')
}

function script(name: string, text: string): string {
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`)
  chmodSync(join(folder, name), 0o755)
  return name
}

test('a file that is no CometBFT is refused before anything is started', async () => {
  for (const name of [script('silent', 'true'), script('failing', 'echo 0.39.3; exit 1'), 'missing', script('other', 'echo hello')])
    await expect(findCometbft(name, folder, never)).rejects.toThrow(expect.objectContaining({ code: 'USAGE' }))
})

test('one that says its version is taken, by its path from the folder of the caller', async () => {
  expect(await findCometbft(script('cometbft', 'test "$1" = version && echo 0.39.0'), folder, never)).toBe(join(folder, 'cometbft'))
})

/** A build script as that of the repository: what it exports, and what it does when it runs. */
function builder(name: string, run: string): string {
  const path = join(folder, name)
  const exported = `export const COMETBFT_VERSION = 'v0.39.3'\nexport const cometbftPath = () => ${JSON.stringify(join(folder, 'nothing'))}\n`
  writeFileSync(path, `${exported}if (process.argv[1] === import.meta.filename) { ${run} }\n`)
  return path
}

test('the first start builds it and says which; without Go the remedy is named', async () => {
  const versions: string[] = []
  const built = builder('build.mjs', "console.error('go: downloading'); console.log('/built/cometbft')")
  expect(await findCometbft(undefined, folder, (version) => versions.push(version), built)).toBe('/built/cometbft')
  expect(versions).toEqual(['v0.39.3'])
  const broken = builder('broken.mjs', "console.error('Go is not installed here. Install it from https://go.dev/dl.'); process.exit(1)")
  await expect(findCometbft(undefined, folder, () => {}, broken)).rejects.toThrow(
    /Install it from https:\/\/go\.dev\/dl\. Or give .* --cometbft/,
  )
  await expect(findCometbft(undefined, folder, never, join(folder, 'missing.mjs'))).rejects.toThrow(
    /go install github\.com\/cometbft\/cometbft\/cmd\/cometbft@v0\.39\.\d+`, and name it with --cometbft/,
  )
})
