import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const lockModule = fileURLToPath(new URL('./lock.mjs', import.meta.url))
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'og lock '))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A process that takes the lock, appends "in" and "out" around `ms` of work, and ends. */
function worker(ms: number) {
  const code = `
    import { appendFileSync } from 'node:fs'
    import { lock } from ${JSON.stringify(lockModule)}
    const { unlock } = await lock(${JSON.stringify(join(folder, 'lock'))}, () => {})
    appendFileSync(${JSON.stringify(join(folder, 'order'))}, 'in\\n')
    await new Promise((resolve) => setTimeout(resolve, ${ms}))
    appendFileSync(${JSON.stringify(join(folder, 'order'))}, 'out\\n')
    unlock()`
  return spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' })
}
const ended = (child: ReturnType<typeof worker>) => new Promise<number | null>((resolve) => child.once('exit', resolve))
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

test('four launchers at once work one after the other', async () => {
  const codes = await Promise.all([1, 2, 3, 4].map(() => ended(worker(150))))
  expect(codes).toEqual([0, 0, 0, 0])
  expect(readFileSync(join(folder, 'order'), 'utf8')).toBe('in\nout\n'.repeat(4))
})

test('a lock left by a killed launcher is taken over', async () => {
  const victim = worker(60_000)
  await until(() => existsSync(join(folder, 'order')))
  victim.kill('SIGKILL')
  await ended(victim)
  expect(await ended(worker(0))).toBe(0)
  expect(readFileSync(join(folder, 'order'), 'utf8')).toBe('in\nin\nout\n')
  expect(existsSync(join(folder, 'lock'))).toBe(false)
})

test('a launcher that is interrupted gives its lock back', async () => {
  const victim = worker(60_000)
  await until(() => existsSync(join(folder, 'order')))
  victim.kill('SIGINT')
  expect(await ended(victim)).toBe(130)
  expect(existsSync(join(folder, 'lock'))).toBe(false)
})

test.each(['SIGINT', 'SIGTERM'])('%s just before a launcher hands over to og is not lost', async (signal) => {
  const code = `
    import { lock } from ${JSON.stringify(lockModule)}
    const { calm } = await lock(${JSON.stringify(join(folder, 'lock'))}, () => {})
    process.kill(process.pid, ${JSON.stringify(signal)})
    await calm()
    setTimeout(() => {}, 300)`
  expect(await ended(spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' }))).toBe(130)
  expect(existsSync(join(folder, 'lock'))).toBe(false)
})

test('a lock whose owner was killed before it wrote its number is taken over after two seconds', async () => {
  mkdirSync(join(folder, 'lock'))
  writeFileSync(join(folder, 'lock', 'pid'), '')
  expect(await ended(worker(0))).toBe(0)
})
