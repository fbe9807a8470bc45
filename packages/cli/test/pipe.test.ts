import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { canonicalJson, encodeNetworkFile } from '@opengradient/protocol'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import type { BundleVector } from '../../verifier/test/vectors/build.ts'
import { Home, UNPACKED } from './og.testkit.ts'

const home = new Home()
afterAll(() => home.remove())

/** The exit code of a command whose reader leaves before the first word (`og … | true`). */
async function unread(...args: string[]): Promise<number> {
  const child = spawn(process.execPath, [UNPACKED, ...args], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...home.env } })
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdout.destroy()
  const [code] = (await once(child, 'exit')) as [number]
  return code
}

test('a verdict is told by the exit code, also to who does not read it', async () => {
  const vector = JSON.parse(
    readFileSync(new URL('../../../vectors/valid/001-paid-and-settled.json', import.meta.url), 'utf8'),
  ) as BundleVector
  writeFileSync(home.path('net.json'), encodeNetworkFile({ name: 'vectors', ...vector.trust, rpcUrls: [] }))
  writeFileSync(home.path('right.json'), canonicalJson(vector.bundle))
  writeFileSync(home.path('wrong.json'), '{}')
  expect(await unread('verify', home.path('wrong.json'), '--network', home.path('net.json'))).toBe(1)
  expect(await unread('verify', home.path('right.json'), '--network', home.path('net.json'), '--policy', 'archive')).toBe(0)
})

test('a command that goes on printing ends when nobody reads any more', async () => {
  mkdirSync(`${home.env.OG_HOME}/logs`, { recursive: true })
  writeFileSync(`${home.env.OG_HOME}/logs/chain.log`, 'a line\n')
  expect(await unread('logs', 'chain', '-f')).toBe(0)
})

test.runIf(process.platform === 'linux')('what a full disk does not take is told of, and is no failed verification', () => {
  const full = openSync('/dev/full', 'w')
  onTestFinished(() => closeSync(full))
  const said = (stdio: [number | 'pipe', number | 'pipe'], ...args: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, [UNPACKED, ...args], {
      stdio: ['ignore', ...stdio],
      env: { ...process.env, ...home.env },
      encoding: 'utf8',
    })
    return { status, stderr }
  }
  const told = { status: 5, stderr: expect.stringMatching(/^✗ DISK_FULL: what was to be printed is lost: ENOSPC.*og receipts`\n$/) }
  expect(said([full, 'pipe'], 'version')).toEqual(told)
  expect(said([full, full], 'version')).toMatchObject({ status: 5 })
  expect(said(['pipe', full], 'infer')).toMatchObject({ status: 2 })
  writeFileSync(home.path('none.json'), '{}')
  expect(said([full, 'pipe'], 'verify', home.path('none.json'), '--network', home.path('net.json'))).toMatchObject({ status: 1 })
})
