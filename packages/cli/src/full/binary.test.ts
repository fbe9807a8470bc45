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
